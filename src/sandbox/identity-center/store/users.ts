import type { Cloud } from '../../cloud.ts'
import { validationError } from '../../fault.ts'
import { type Output, operation } from '../../service.ts'
import { flag, list, required, structure } from '../../shape.ts'
import { personNamed } from '../access.ts'
import { pageOf, paging } from '../page.ts'
import { newUuid, type Person, stateOf } from '../state.ts'
import {
  alternateIdentifier,
  checkStore,
  duplicate,
  filters,
  id,
  inStore,
  needs,
  notFound,
  userName,
  words,
} from './members.ts'

const createUser = operation({
  input: {
    ...inStore,
    UserName: required(userName),
    DisplayName: required(words),
    Name: required(structure({ Formatted: words, FamilyName: words, GivenName: words, MiddleName: words })),
    Emails: list(structure({ Value: words, Type: words, Primary: flag() }), { min: 1, max: 1 }),
  },
  needs: needs('CreateUser'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const { cloud } = call
    if (/^(administrator|awsadministrators)$/i.test(input.UserName)) throw validationError('This UserName is reserved.')
    if (personNamed(cloud, input.UserName)) throw duplicate('UserName')
    if (input.Emails?.some(({ Value }) => Value !== undefined && personByMail(cloud, Value))) throw duplicate('Email')
    const person: Person = {
      id: newUuid(cloud),
      userName: input.UserName,
      displayName: input.DisplayName,
      name: { ...input.Name },
      ...(input.Emails ? { emails: input.Emails } : {}),
      createdAt: call.at.toISOString(),
    }
    stateOf(cloud).people.put(person.id, person)
    return { IdentityStoreId: input.IdentityStoreId, UserId: person.id }
  },
})

const describeUser = operation({
  input: { ...inStore, UserId: id },
  needs: needs('DescribeUser'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    return viewOf(personIn(call.cloud, input.UserId), input.IdentityStoreId)
  },
})

const deleteUser = operation({
  input: { ...inStore, UserId: id },
  needs: needs('DeleteUser'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const state = stateOf(call.cloud)
    const person = personIn(call.cloud, input.UserId)
    state.people.delete(person.id)
    for (const one of [...state.memberships.values()]) if (one.userId === person.id) state.memberships.delete(one.id)
    return {}
  },
})

const listUsers = operation({
  input: { ...inStore, Filters: filters, ...paging },
  needs: needs('ListUsers'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const wanted = (person: Person): boolean =>
      (input.Filters ?? []).every(({ AttributePath, AttributeValue }) => {
        if (!/^userName$/i.test(AttributePath)) throw validationError(`Users cannot be filtered by ${AttributePath}.`)
        return person.userName.toLowerCase() === AttributeValue.toLowerCase()
      })
    const { items, next } = pageOf([...stateOf(call.cloud).people.values()].filter(wanted), input)
    const users = items.map((person) => viewOf(person, input.IdentityStoreId))
    return { Users: users, ...(next && { NextToken: next }) }
  },
})

const getUserId = operation({
  input: { ...inStore, AlternateIdentifier: alternateIdentifier },
  needs: needs('GetUserId'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const { AttributePath, AttributeValue } = input.AlternateIdentifier.UniqueAttribute
    const byName = /^userName$/i.test(AttributePath)
    const person = byName ? personNamed(call.cloud, AttributeValue) : personByMail(call.cloud, AttributeValue)
    if (!person) throw notFound('USER', '')
    return { IdentityStoreId: input.IdentityStoreId, UserId: person.id }
  },
})

export const userOperations = {
  CreateUser: createUser,
  DescribeUser: describeUser,
  DeleteUser: deleteUser,
  ListUsers: listUsers,
  GetUserId: getUserId,
}

function personIn(cloud: Cloud, userId: string): Person {
  const person = stateOf(cloud).people.get(userId)
  if (!person) throw notFound('USER', userId)
  return person
}

function personByMail(cloud: Cloud, mail: string): Person | undefined {
  const wanted = mail.toLowerCase()
  return [...stateOf(cloud).people.values()].find(({ emails }) =>
    emails?.some(({ Value }) => Value?.toLowerCase() === wanted),
  )
}

const viewOf = (person: Person, storeId: string): Output => ({
  IdentityStoreId: storeId,
  UserId: person.id,
  UserName: person.userName,
  UserStatus: 'ENABLED',
  ...(person.displayName === undefined ? {} : { DisplayName: person.displayName }),
  ...(person.name ? { Name: person.name } : {}),
  ...(person.emails ? { Emails: person.emails } : {}),
  CreatedAt: new Date(person.createdAt),
})
