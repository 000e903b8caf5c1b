type X509 = typeof import('@peculiar/x509')

let loading: Promise<X509> | undefined

/** The library that reads certificates to the end, loaded when first needed: it takes a tenth of a second. */
export function loadX509(): Promise<X509> {
  // It does not start without the polyfill.
  loading ??= import('reflect-metadata').then(() => import('@peculiar/x509'))
  return loading
}
