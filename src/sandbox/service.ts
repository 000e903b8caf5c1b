import type { Readable } from 'node:stream'
import type { RequestContext } from '../policy/question.ts'
import type { WireRequest } from '../wire/message.ts'
import type { Authentication } from '../wire/sigv4/authentication.ts'
import type { Cloud, PolicyText, Session, Tags } from './cloud.ts'
import type { Fault } from './fault.ts'
import type { InputOf, Shape } from './shape.ts'

/** Who signed a call, once its signature was found good. */
export interface Caller {
  readonly kind: 'anonymous' | 'root' | 'user' | 'assumed-role' | 'federated-user'
  /** Empty for an anonymous caller, as are `arn`, `userId` and `accessKeyId`. */
  readonly accountId: string
  /** As GetCallerIdentity shows it. */
  readonly arn: string
  readonly userId: string
  readonly accessKeyId: string
  /** The IAM user behind it: for `user` (with or without a session) and `federated-user`. */
  readonly userName?: string
  /** Present exactly when temporary credentials were used. */
  readonly session?: Session
}

/** What a call must be allowed to do. */
export interface Permission {
  /** `iam:CreateUser` */
  readonly action: string
  /** ARN, or `*`. */
  readonly resource: string
  /** Absent: the caller's own account. */
  readonly resourceAccount?: string
  /** The policy on the resource, where it has one. */
  readonly resourcePolicy?: PolicyText
  readonly resourceTags?: Tags
  /** Condition keys of this action beyond the global ones. */
  readonly context?: RequestContext
  /** Refuse without the reason, so that a resource that is not there looks like one that may not be used. */
  readonly terse?: true
  /** Who asks, when nobody signed the call: the ARN of the identity provider that vouches for a person or workload. */
  readonly principal?: string
  /** The whole text of a refusal, where AWS has one of its own. */
  readonly refusal?: string
}

/** One request on its way through the sandbox. */
export interface Call {
  /** The request id, as answered in `x-amzn-RequestId`. */
  readonly id: string
  readonly at: Date
  readonly cloud: Cloud
  readonly caller: Caller
  readonly request: WireRequest
  /** Path as sent, still encoded, and the decoded query pairs in order. */
  readonly path: string
  readonly query: readonly (readonly [name: string, value: string])[]
  /** From the credential scope, else the sandbox's own. */
  readonly region: string
  readonly sourceIp: string
  readonly userAgent: string
  /** `http://127.0.0.1:port`: what to build links from. */
  readonly endpoint: string
  readonly authentication?: Authentication
  /** The service of AWS that makes this call in the caller's name: `cloudformation.amazonaws.com`. */
  readonly invokedBy?: string
  /** The whole body, at most `limit` bytes (1 MiB unless told); its hash has been checked against the signature. */
  readonly body: (limit?: number) => Promise<Uint8Array>
  /** The body as it comes, aws-chunked already decoded; its end throws a Fault when hash, chunk or trailer is not what was signed. */
  readonly stream: () => AsyncIterable<Uint8Array>
  /** Decides, about the caller or somebody else who was proven; throws the service's AccessDenied when refused. */
  readonly authorize: (permission: Permission, as?: Caller) => void
  /** What CloudTrail will tell of this call. Said again, it adds to what was said before. */
  readonly note: (record: CallRecord) => void
  /** For services that go on after the answer, or work through others. */
  readonly inside: Inside
}

/** The sandbox as its own services use it. */
export interface Inside {
  /** Calls to the sandbox's services in somebody's name; `by` is the service that makes them: `cloudformation.amazonaws.com`. */
  readonly as: (caller: Caller, by: string, region?: string) => InnerCaller
  /** Work that goes on after the answer has left. What it changes is durable at its end, and after each inner call. */
  readonly background: (work: () => Promise<void>) => void
}

/** Makes calls from within: decided by the caller's policies and noted for CloudTrail like any other, but not signed. */
export interface InnerCaller {
  readonly caller: Caller
  /** Performs an operation of a query, JSON or REST JSON service. Throws the service's `Fault`. */
  readonly invoke: (service: string, operation: string, input: object) => Promise<Output>
  /** Sends S3 a request such as `PUT /bucket?policy`. Throws its `Fault`. */
  readonly request: (
    service: string,
    sent: {
      readonly method: string
      readonly target: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Uint8Array
    },
  ) => Promise<Answer>
  /**
   * Performs an operation of a service that is not here: asks for what it would need, and then does what of it there is
   * to do. Throws AccessDenied.
   */
  readonly permit: (
    service: string,
    operation: string,
    permission: Permission,
    act?: (store: Cloud['store']) => void,
  ) => void
}

/** The part of a CloudTrail record that only the operation knows. Secrets are left out by whoever builds it. */
export interface CallRecord {
  readonly operation: string
  readonly requestParameters?: Readonly<Record<string, unknown>>
  readonly responseElements?: Readonly<Record<string, unknown>>
  readonly resources?: readonly { readonly ARN: string; readonly accountId: string; readonly type: string }[]
  readonly readOnly?: boolean
  /** S3 object calls: data events, which LookupEvents never shows. */
  readonly dataEvent?: boolean
  /** When nobody signed the call: who an identity provider says it is from, and the account whose trail tells of it. */
  readonly vouched?: { readonly accountId: string; readonly userIdentity: Readonly<Record<string, unknown>> }
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
}

/** A control endpoint of a service: what it does with the JSON that was sent (`{}` without one), and the JSON it answers. */
export type ControlRoute = (at: Pick<Call, 'cloud' | 'at' | 'endpoint'>, body: unknown) => object | Promise<object>

/** A service of the sandbox: one row of the table in `services.ts`. */
export interface Service {
  /** The name in the credential scope. */
  readonly name: string
  /** How it spells a signature's refusals. Absent: `s3` for S3, else `query`. */
  readonly protocol?: 'query' | 'json' | 's3'
  /** What stands before the operation in `X-Amz-Target`, by which an unsigned call is found. */
  readonly targetPrefix?: string
  /**
   * Whether a request without a SigV4 signature is this service's. It comes in with an anonymous caller and its body
   * unchecked: the service asks for a proof of its own.
   */
  readonly claims?: (request: WireRequest) => boolean
  /** Minutes a signature's date may be off, either way. */
  readonly skewMinutes: number
  /** The names of its operations, of services that know them by name. */
  readonly operations?: readonly string[]
  /** Performs one of its operations for a service that calls from within. Absent: it can only be sent requests. */
  readonly invoke?: (operation: string, input: object, call: Call) => Promise<Output>
  /** Serves an authenticated call. Throws a `Fault` to refuse. */
  readonly handle: (call: Call) => Promise<Answer>
  /** Writes a refusal in the service's protocol, its own code spelling included. */
  readonly refuse: (fault: Fault, requestId: string) => Answer
}

/** What an operation answers: plain members, nested as the model has them; lists as arrays, instants as `Date`. */
export type Output = Readonly<Record<string, unknown>>

/** An operation of a query or JSON service: what it takes, what it needs, what it does. */
export interface Operation<S extends Shape = Shape> {
  readonly input: S
  /** Checked before `perform`. Absent: AWS asks no permission, or `perform` asks by itself. */
  readonly needs?: (input: InputOf<S>, call: Call) => Permission | readonly Permission[]
  readonly perform: (input: InputOf<S>, call: Call) => Output | Promise<Output>
  /** CloudTrail's readOnly. Absent: true for Get*, List*, Describe*, Lookup*, Simulate*, Generate*. */
  readonly readOnly?: boolean
  /** CloudTrail tells the answer although the operation only reads: those that issue sessions. */
  readonly tellsAnswer?: true
  /** Its output is a structure without members: XML has an empty result element then, not none. */
  readonly emptyResult?: true
  /** Takes calls that nobody signed, and asks for a proof of its own. */
  readonly unsigned?: true
}

/** States an operation with its types inferred from its shape. */
export const operation = <S extends Shape>(definition: Operation<S>): Operation =>
  // The table holds operations of many shapes; each is only ever called with what its own shape read.
  definition as unknown as Operation
