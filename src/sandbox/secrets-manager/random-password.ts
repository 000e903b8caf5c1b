import type { Cloud } from '../cloud.ts'
import { operation } from '../service.ts'
import { flag, integer, text } from '../shape.ts'
import { invalidParameter } from './faults.ts'

const kinds = [
  ['ExcludeLowercase', 'abcdefghijklmnopqrstuvwxyz'],
  ['ExcludeUppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['ExcludeNumbers', '0123456789'],
  ['ExcludePunctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
] as const

/** A number below `bound`, of which no more than 4096 is asked: what it favours is beyond notice. */
const below = ({ randomBytes }: Pick<Cloud, 'randomBytes'>, bound: number): number =>
  Math.floor((Buffer.from(randomBytes(6)).readUIntBE(0, 6) / 2 ** 48) * bound)

const input = {
  PasswordLength: integer({ min: 1, max: 4096 }),
  ExcludeCharacters: text({ max: 4096 }),
  ExcludeNumbers: flag(),
  ExcludePunctuation: flag(),
  ExcludeUppercase: flag(),
  ExcludeLowercase: flag(),
  IncludeSpace: flag(),
  RequireEachIncludedType: flag(),
}

export const randomPassword = {
  GetRandomPassword: operation({
    input,
    needs: () => ({ action: 'secretsmanager:GetRandomPassword', resource: '*' }),
    perform: (given, { cloud }) => {
      const { PasswordLength: length = 32, ExcludeCharacters: excluded = '' } = given
      const usable = (characters: string): string =>
        [...characters].filter((character) => !excluded.includes(character)).join('')
      const types = kinds.filter(([excludes]) => !given[excludes]).map(([, characters]) => usable(characters))
      if (given.IncludeSpace) types.push(usable(' '))
      const all = types.join('')
      if (all === '') throw invalidParameter('The password must contain at least one type of character.')
      const pick = (characters: string): string => characters.charAt(below(cloud, characters.length))
      const each = given.RequireEachIncludedType === false ? [] : types.filter((characters) => characters !== '')
      if (each.length > length)
        throw invalidParameter('The password length is too short to include one character of each type.')
      const password = each.map(pick)
      while (password.length < length) password.push(pick(all))
      for (let place = password.length - 1; place > 0; place--) {
        const other = below(cloud, place + 1)
        const here = password[place] ?? ''
        password[place] = password[other] ?? ''
        password[other] = here
      }
      return { RandomPassword: password.join('') }
    },
  }),
}
