// Every warm `mayfly creds` of a brokered profile loads this file.

const here = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/

/**
 * The address of a broker in its one spelling, without a slash at its end; undefined for what is none. Tokens go there,
 * so it is https, or on this machine, and nothing beside scheme, host, port and path is in it.
 */
export function brokerAddress(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || url.username || url.password || url.search || url.hash || !/^[\x21-\x7e]+$/.test(text)) return undefined
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && here.test(url.hostname))
  return isSafe ? url.href.replace(/\/+$/, '') : undefined
}
