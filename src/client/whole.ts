/** All that clients can do, handed in by loading this: for entries that have room for it. */
import "../message/whole.ts";
import { useMounts } from "./mounts.ts";
import { guessOption } from "./options/option_guess.ts";
import { useOptionGuess } from "./options/option_names.ts";
import { mountRouter } from "./patterns.ts";

useMounts(mountRouter);
useOptionGuess(guessOption);
