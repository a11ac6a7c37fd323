/** Proxies on this machine, as the tests have them. */
export { startHttpProxy } from "../../tests/support/proxies/http_proxy.ts";
export { startSocks } from "../../tests/support/proxies/socks_proxy.ts";
