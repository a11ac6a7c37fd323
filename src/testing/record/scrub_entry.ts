/** An entry without secrets, as it goes to disk. Names decide what is one. */
import { MASK, maskFieldValue, maskURL } from "../../observe/mask.ts";
import { scrubContent } from "../../observe/scrub.ts";
import { isSecretName } from "../../observe/secret_names.ts";
import type { HAREntry, HARPair, HARRequest, HARResponse } from "./har.ts";

/** The entry with the values of secret headers, parameters, form fields and JSON members replaced. */
export function scrubEntry(entry: HAREntry): HAREntry {
  return {
    ...entry,
    request: scrubRequest(entry.request),
    response: scrubResponse(entry.response),
  };
}

/** A request as `scrubEntry()` leaves it: what is sent again is compared in this form. */
export function scrubRequest(request: HARRequest): HARRequest {
  const { postData } = request;
  return {
    ...request,
    url: maskURL(request.url),
    headers: request.headers.map(scrubHeader),
    queryString: request.queryString.map(({ name, value }) => ({
      name,
      value: isSecretName(name) ? MASK : value,
    })),
    ...(postData !== undefined && {
      postData: { ...postData, text: scrubContent(postData.text, postData.mimeType) },
    }),
  };
}

function scrubResponse(response: HARResponse): HARResponse {
  const { content, redirectURL, headers } = response;
  const text = content.encoding === undefined
    ? scrubContent(content.text, content.mimeType)
    : content.text;
  return {
    ...response,
    redirectURL: maskURL(redirectURL),
    headers: headers.map(scrubHeader),
    content: { ...content, text },
  };
}

/** Of a cookie that is set the value alone is hidden: its name and its attributes are what tests need. */
function scrubHeader({ name, value }: HARPair): HARPair {
  if (name.toLowerCase() !== "set-cookie") return { name, value: maskFieldValue(name, value) };
  return { name, value: value.replace(/=[^;]*/, `=${MASK}`) };
}
