import { type Call, operation } from '../service.ts'
import { flag, type InputOf, type Member, structure, text } from '../shape.ts'
import { alreadyExists, invalid, notFound } from './faults.ts'
import * as members from './members.ts'
import { arnOf, needs, newId, newResource, onAll, own, pageOf } from './resources.ts'
import { iotTables, type Thing } from './state.ts'

const named = { thingName: members.thingName }
const attached = { ...named, principal: members.principal }

/** At most fifty pairs of short texts. */
const attributes: Member<Readonly<Record<string, string>>> = {
  required: false,
  read(value, at, faults) {
    const pairs: [string, unknown][] = typeof value === 'object' && value !== null ? Object.entries(value) : []
    const read = pairs.flatMap(([key, one]) => (typeof one === 'string' ? [[key, one] as const] : []))
    const fits = ([key, one]: readonly [string, string]): boolean =>
      /^[a-zA-Z0-9_.,@/:#-]{1,128}$/.test(key) && /^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/.test(one)
    if (typeof value !== 'object' || read.length !== pairs.length || read.length > 50 || !read.every(fits))
      faults.push(`Value at '${at}' failed to satisfy constraint: Member must be a map of attributes`)
    return Object.fromEntries(read)
  },
}
const attributePayload = structure({ attributes, merge: flag() })

/** The caller's thing of that name. Throws ResourceNotFoundException. */
function findThing(call: Call, name: string): Thing {
  const found = iotTables(call.cloud).things.get(arnOf(call, 'thing', name))
  if (found) return found
  throw notFound(`Thing ${name} cannot be found.`)
}

function assertType(call: Call, name: string | undefined): void {
  if (name === undefined) return
  const type = iotTables(call.cloud).thingTypes.get(arnOf(call, 'thingtype', name))
  if (!type) throw notFound(`Thing type ${name} cannot be found.`)
  if (type.deprecatedAt !== undefined) throw invalid(`Can not create new thing with deprecated thing type:${name}`)
}

/** Attaches a certificate to a thing, or takes it away. */
const attach = (name: 'AttachThingPrincipal' | 'DetachThingPrincipal') =>
  operation({
    input: attached,
    needs: () => onAll(name),
    perform: (input: InputOf<typeof attached>, call) => {
      const { things, certificates } = iotTables(call.cloud)
      const thing = findThing(call, input.thingName)
      const certificate = certificates.get(input.principal)
      if (certificate?.accountId !== call.caller.accountId)
        throw notFound(`The principal ${input.principal} cannot be found.`)
      const others = thing.principals.filter((arn) => arn !== certificate.arn)
      const principals = name === 'AttachThingPrincipal' ? [...others, certificate.arn] : others
      things.put(thing.arn, { ...thing, principals })
      return {}
    },
  })

const view = ({ name, arn, typeName, attributes: had, version }: Thing) => ({
  ...{ thingName: name, thingArn: arn, attributes: had, version },
  ...(typeName === undefined ? {} : { thingTypeName: typeName }),
})

export const things = {
  CreateThing: operation({
    input: { ...named, thingTypeName: members.name, attributePayload },
    needs: (input, call) => needs(call, 'CreateThing', 'thing', input.thingName),
    perform: (input, call) => {
      const { things: table } = iotTables(call.cloud)
      const { thingName: name, thingTypeName: typeName } = input
      const known = table.get(arnOf(call, 'thing', name))
      if (known)
        throw alreadyExists(`Thing ${name} already exists in account with different attributes`, known.arn, name)
      assertType(call, typeName)
      const thing: Thing = {
        ...newResource(call, 'thing', name),
        ...{ name, id: newId(call.cloud), version: 1, principals: [] },
        attributes: input.attributePayload?.attributes ?? {},
        ...(typeName === undefined ? {} : { typeName }),
      }
      table.put(thing.arn, thing)
      return { thingName: name, thingArn: thing.arn, thingId: thing.id }
    },
  }),
  DescribeThing: operation({
    input: named,
    needs: (input, call) => needs(call, 'DescribeThing', 'thing', input.thingName),
    perform: (input, call) => {
      const thing = findThing(call, input.thingName)
      return { defaultClientId: thing.name, thingId: thing.id, ...view(thing) }
    },
  }),
  UpdateThing: operation({
    input: { ...named, thingTypeName: members.name, attributePayload, removeThingType: flag() },
    needs: (input, call) => needs(call, 'UpdateThing', 'thing', input.thingName),
    perform: (input, call) => {
      const { typeName: hadType, ...thing } = findThing(call, input.thingName)
      const { attributePayload: payload, removeThingType = false, thingTypeName = hadType } = input
      assertType(call, input.thingTypeName)
      iotTables(call.cloud).things.put(thing.arn, {
        ...thing,
        version: thing.version + 1,
        ...(removeThingType || thingTypeName === undefined ? {} : { typeName: thingTypeName }),
        ...(payload ? { attributes: { ...(payload.merge ? thing.attributes : {}), ...payload.attributes } } : {}),
      })
      return {}
    },
  }),
  ListThings: operation({
    input: { thingTypeName: members.name, attributeName: text(), attributeValue: text(), ...members.tokens },
    needs: () => onAll('ListThings'),
    perform: (input, call) => {
      const { attributeName: key, thingTypeName: type } = input
      const meant = own(call, iotTables(call.cloud).things).filter(
        (thing) =>
          (type === undefined || thing.typeName === type) &&
          (key === undefined || thing.attributes[key] === (input.attributeValue ?? thing.attributes[key])),
      )
      const { page, next } = pageOf(meant, input.nextToken, input.maxResults)
      return { things: page.map(view), ...(next === undefined ? {} : { nextToken: next }) }
    },
  }),
  DeleteThing: operation({
    input: named,
    needs: (input, call) => needs(call, 'DeleteThing', 'thing', input.thingName),
    perform: (input, call) => {
      const { things: table } = iotTables(call.cloud)
      const thing = table.get(arnOf(call, 'thing', input.thingName))
      if (thing && thing.principals.length > 0)
        throw invalid(`Cannot delete. Thing ${thing.name} is still attached to one or more principals`)
      if (thing) table.delete(thing.arn)
      return {}
    },
  }),
  AttachThingPrincipal: attach('AttachThingPrincipal'),
  DetachThingPrincipal: attach('DetachThingPrincipal'),
  ListThingPrincipals: operation({
    input: { ...named, ...members.tokens },
    needs: (input, call) => needs(call, 'ListThingPrincipals', 'thing', input.thingName),
    perform: (input, call) => {
      const { page, next } = pageOf(findThing(call, input.thingName).principals, input.nextToken, input.maxResults)
      return { principals: page, ...(next === undefined ? {} : { nextToken: next }) }
    },
  }),
  ListPrincipalThings: operation({
    input: { principal: members.principal, ...members.tokens },
    needs: () => onAll('ListPrincipalThings'),
    perform: (input, call) => {
      const names = own(call, iotTables(call.cloud).things).flatMap(({ name, principals }) =>
        principals.includes(input.principal) ? name : [],
      )
      const { page, next } = pageOf(names, input.nextToken, input.maxResults)
      return { things: page, ...(next === undefined ? {} : { nextToken: next }) }
    },
  }),
}
