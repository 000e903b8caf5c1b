import { follow } from '../../agent/follow.ts'
import { nodeOpenStream } from '../../host/open-stream.ts'
import { membersOf } from '../../sources/broker/call.ts'
import { loginNeeded } from '../../sources/broker/login.ts'
import type { Cli } from '../cli.ts'
import type { BrokerClient } from './client.ts'
import { whenOf } from './show.ts'
import { eventText } from './show-session.ts'

/** Prints what happens, as it happens, until Ctrl-C or until the sign-in is no good any more. */
export async function watchSessions(cli: Cli, { broker, login }: BrokerClient, json: boolean): Promise<void> {
  let refused = false
  let away = false
  const open = nodeOpenStream(cli.env)
  const following = follow({
    broker,
    open: async (wanted) => {
      try {
        return await open(wanted)
      } catch (error) {
        // Silence would look as if nothing happened.
        if (!away) cli.say(`${broker} is not reached; trying again. What happens meanwhile is told then.`)
        away = true
        throw error
      }
    },
    onOpen: () => {
      if (away) cli.say(`${broker} is reached again.`)
      away = false
    },
    token: async () => login.token,
    onEvent: ({ event, data }) => {
      if (event !== 'row') return
      const row = membersOf(JSON.parse(data))
      const told = membersOf(row.event)
      cli.print(json ? JSON.stringify(row) : `${whenOf(told, 'at')}  ${eventText(told)}`)
    },
    onRefused: (why) => {
      if (why !== 401) return
      refused = true
      following.stop()
    },
  })
  process.once('SIGINT', () => following.stop())
  await following.ended
  if (refused) throw loginNeeded(broker, 'the sign-in is over or was revoked')
}
