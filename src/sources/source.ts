import type { Host } from '../host/host.ts'
import type { Credentials, SigningKey } from '../model/signing-key.ts'
import type { SourceSpec } from '../model/source-spec.ts'

/** A spec you can call. Assignable as it stands to the `credentials` option of any AWS SDK v3 client. */
export interface CredentialSource<Key extends SigningKey = Credentials> {
  (options?: { readonly forceRefresh?: boolean }): Promise<Key>
  readonly spec: SourceSpec
}

/** Opens the source another one stands on: a permanent key that only signs, or a session with its end. */
type OpenBase = (spec: SourceSpec) => CredentialSource<SigningKey>

/** Turns a spec of one kind into a source. */
export type Opener<Spec extends SourceSpec, Key extends SigningKey = SigningKey> = (
  spec: Spec,
  host: Host,
  openBase: OpenBase,
) => CredentialSource<Key>
