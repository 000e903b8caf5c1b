import type { Host } from '../host/host.ts'
import type { Credentials, SigningKey } from '../model/signing-key.ts'
import type { SourceSpec } from '../model/source-spec.ts'

/** A spec you can call. Assignable as it stands to the `credentials` option of any AWS SDK v3 client. */
export interface CredentialSource<Key extends SigningKey = Credentials> {
  (options?: { readonly forceRefresh?: boolean }): Promise<Key>
  readonly spec: SourceSpec
}

/** Turns a spec of one kind into a source. */
export type Opener<Spec extends SourceSpec> = (spec: Spec, host: Host) => CredentialSource<SigningKey>
