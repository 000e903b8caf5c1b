import type { InnerCaller } from '../service.ts'

/** What a template says after its functions were worked out: plain JSON. */
export type Value = string | number | boolean | null | readonly Value[] | Properties
export interface Properties {
  readonly [name: string]: Value
}

/** What a resource is made in and for. */
export interface Provisioning {
  /** Calls other services in the name of whom the stack acts for. */
  readonly inner: InnerCaller
  readonly accountId: string
  readonly region: string
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
  /** The stack's tags and CloudFormation's own (`aws:cloudformation:…`), for resources that take tags. */
  readonly tags: Readonly<Record<string, string>>
  /** What `tags` was when the resource was made or last changed. */
  readonly formerTags: Readonly<Record<string, string>>
  /** A name nobody else has, `Stack-LogicalId-1A2B3C4D5E6F`, cut to `longest` characters; in lower case for buckets. */
  readonly uniqueName: (longest: number, lowerCase?: 'lower-case') => string
}

/** A resource that is there. */
export interface Provisioned {
  /** What `Ref` gives, and by which it is found again. */
  readonly id: string
  /** What `Fn::GetAtt` gives, by name. */
  readonly attributes: Readonly<Record<string, Value>>
}

/** A resource as it was before an update or a deletion. */
export interface Existing extends Provisioned {
  readonly properties: Properties
}

/** One type of resource: how it is made, changed and removed. Each throws the `Fault` of the service that refuses. */
export interface ResourceType {
  /** Properties whose change makes another resource, which takes the place of the first. `*`: any. */
  readonly replacedBy: readonly string[]
  /** Properties that must be there; the fault for a missing one is the same for all types. */
  readonly required?: readonly string[]
  /** Attributes that templates may use, and that are shown nowhere. */
  readonly secretAttributes?: readonly string[]
  /** Takes the stack's tags, and is updated when they change. */
  readonly isTagged?: boolean
  readonly create: (properties: Properties, at: Provisioning) => Promise<Provisioned>
  /** Only for changes that replace nothing. */
  readonly update: (properties: Properties, before: Existing, at: Provisioning) => Promise<Provisioned>
  /** Removing what is gone already is done. */
  readonly remove: (before: Existing, at: Provisioning) => Promise<void>
}

export type ResourceTypes = Readonly<Record<string, ResourceType>>
