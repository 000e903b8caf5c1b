/** The provider without the package's front file, which warns on stderr of every Node that is not a long-term one yet. */
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider'
}
