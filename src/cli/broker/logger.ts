import { pino } from 'pino'
import type { BrokerParts } from '../../broker/broker.ts'

// Names under which a secret could travel, at the top and one level down; and what looks like one in any text.
const secret = [
  'secretAccessKey',
  'sessionToken',
  'token',
  'authorization',
  'cookie',
  'password',
  'assertion',
  'proof',
  'code',
  'clientSecret',
]
const looksSecret = /(?:FwoG|IQoJ)[\w+/=-]{40,}|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<![\w/+=])[\w/+]{40}(?![\w/+=])/g

/** Lines of JSON on standard error, without secrets. pino escapes what would begin another line. */
export function brokerLog(level: string): BrokerParts['log'] {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secret.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
      formatters: {
        level: (label) => ({ level: label }),
        log: (detail) => Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, scrubbed(value)])),
      },
    },
    pino.destination({ dest: 2, sync: true }),
  )
  return (at, message, detail = {}) => logger[at](detail, scrubbedText(message))
}

const scrubbed = (value: unknown): unknown => (typeof value === 'string' ? scrubbedText(value) : value)
const scrubbedText = (text: string): string => text.replace(looksSecret, '[secret]')
