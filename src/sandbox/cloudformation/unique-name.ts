import type { Cloud } from '../cloud.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
const suffixLength = 12

/** `Stack-LogicalId-1A2B3C4D5E6F`, of at most `longest` characters: the names are cut, evenly, and what makes it unique is not. */
export function uniqueName(
  { randomBytes }: Pick<Cloud, 'randomBytes'>,
  stackName: string,
  logicalId: string,
  longest: number,
  lowerCase?: 'lower-case',
): string {
  const suffix = Array.from(randomBytes(suffixLength), (byte) => letters[byte % letters.length]).join('')
  const room = longest - suffixLength - 2
  const forLogical = Math.max(room - stackName.length, Math.ceil(room / 2))
  const forStack = Math.max(room - logicalId.length, Math.floor(room / 2))
  const name = `${stackName.slice(0, forStack)}-${logicalId.slice(0, forLogical)}-${suffix}`
  return lowerCase ? name.toLowerCase() : name
}
