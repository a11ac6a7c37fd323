/** All that clients can do, handed in by loading this: for entries that have room for it. */
import "../message/whole.ts";
import { useWebFetch } from "./fetch_port.ts";
import { useMounts } from "./routing/mounts.ts";
import { guessOption } from "./options/option_guess.ts";
import { useRefusalReasons } from "../message/bad_option.ts";
import { mountRouter } from "./routing/patterns.ts";
import { webFetch } from "./web_fetch.ts";

useMounts(mountRouter);
useRefusalReasons(guessOption);
useWebFetch(webFetch);
