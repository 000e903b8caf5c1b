import { ActionIcon, Badge, Group, Menu, Text, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import {
  IconBell,
  IconBook2,
  IconId,
  IconListDetails,
  IconLogout,
  IconMoon,
  IconSun,
  IconUserCheck,
  IconUserCircle,
} from '@tabler/icons-react'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { AlertsPage } from '../alerts/alerts-page.tsx'
import { call } from '../api/call.ts'
import type { Alert, ApprovalRequest } from '../api/types.ts'
import { useAnswer } from '../api/use-answer.ts'
import { GrantsPage } from '../grants/grants-page.tsx'
import { LedgerPage } from '../ledger/ledger-page.tsx'
import { RequestsPage } from '../requests/requests-page.tsx'
import { RevokeDialog } from '../revoke/revoke-dialog.tsx'
import { SessionPage } from '../session/session-page.tsx'
import { SessionsPage } from '../sessions/sessions-page.tsx'
import { useBroker, useRowsOf, useStanding } from './broker.tsx'
import { Later } from './later.tsx'
import { Mark } from './mark.tsx'
import { ProblemNote } from './problem-note.tsx'
import { RevokeContext, type RevokeStart } from './revoke-context.ts'
import { hrefOf, type Place, pages, usePlace } from './router.ts'

const titles = {
  sessions: { title: 'Sessions', icon: IconListDetails },
  requests: { title: 'Requests', icon: IconUserCheck },
  grants: { title: 'Grants', icon: IconId },
  alerts: { title: 'Alerts', icon: IconBell },
  ledger: { title: 'Ledger', icon: IconBook2 },
} as const

/** What only who may see all is shown. */
const forViewers: readonly string[] = ['alerts', 'ledger']

/** The frame of every page: where one can go, who one is, and whether what one sees is live. */
export function Shell(): ReactNode {
  const place = usePlace()
  const waiting = useCounts()
  const { problem } = useStanding()
  const { may } = useBroker()
  const { revoking, open, close } = useRevokeDialog()
  useArrival(place, waiting.alerts)
  return (
    <RevokeContext value={open}>
      <div className="shell">
        <button type="button" className="skip" onClick={focusMain}>
          Skip to the page
        </button>
        <header className="shell-head">
          <Mark />
          <Group gap="xs" wrap="nowrap">
            <Liveness />
            <SchemeSwitch />
            <Account />
          </Group>
        </header>
        <nav className="shell-nav" aria-label="Pages">
          {pages
            .filter((page) => may('viewer') || !forViewers.includes(page))
            .map((page) => {
              const { title, icon: Icon } = titles[page]
              const count = page === 'requests' ? waiting.requests : page === 'alerts' ? waiting.alerts : 0
              return (
                <a key={page} href={hrefOf(page)} aria-current={place.page === page ? 'page' : undefined}>
                  <Icon size={20} stroke={1.6} aria-hidden />
                  <span>{title}</span>
                  {count > 0 && (
                    <Badge size="sm" circle={count < 10} color={page === 'alerts' ? 'red' : 'cyan'} variant="filled">
                      {count}
                      <span className="unseen"> waiting</span>
                    </Badge>
                  )}
                </a>
              )
            })}
        </nav>
        <main className="shell-main" id="main" tabIndex={-1}>
          <ProblemNote problem={problem} />
          <Later>
            <PageAt place={place} />
          </Later>
        </main>
      </div>
      {revoking && <RevokeDialog start={revoking} onClose={close} />}
    </RevokeContext>
  )
}

/** The dialog that revokes; when it closes, who works by keyboard is back where they opened it. */
function useRevokeDialog() {
  const [revoking, setRevoking] = useState<RevokeStart>()
  const opener = useRef<Element>(null)
  const open = useCallback((start: RevokeStart) => {
    opener.current = document.activeElement
    setRevoking(start)
  }, [])
  const close = useCallback(() => setRevoking(undefined), [])
  useEffect(() => {
    const element = opener.current
    if (revoking || !element) return
    opener.current = null
    // The button may have gone with the session it was for.
    if (element instanceof HTMLElement && element.isConnected && element !== document.body) element.focus()
    else focusMain()
  }, [revoking])
  return { revoking, open, close }
}

/** Says where one is: to the window's title, and to the focus when another page has come. */
function useArrival({ page, id }: Place, alerts: number): void {
  const name = id ? 'Session' : (pages.find((known) => known === page) ?? 'sessions')
  const title = name === 'Session' ? name : titles[name].title
  useEffect(() => {
    document.title = `${alerts > 0 ? `(${alerts}) ` : ''}${title} · Mayfly`
  }, [title, alerts])
  const at = useRef(`${page}/${id}`)
  useEffect(() => {
    if (at.current === `${page}/${id}`) return
    const wasOne = /^sessions\/./.test(at.current)
    at.current = `${page}/${id}`
    // Back from one session the list is walked on.
    const list = page === 'sessions' && id === '' && wasOne ? document.querySelector('[data-keys="list"]') : null
    if (list instanceof HTMLElement) list.focus({ preventScroll: true })
    else focusMain()
  }, [page, id])
}

function PageAt({ place: { page, id, query } }: { place: Place }): ReactNode {
  if (page === 'requests') return <RequestsPage />
  if (page === 'grants') return <GrantsPage />
  if (page === 'alerts') return <AlertsPage />
  if (page === 'ledger') return <LedgerPage />
  // The list stays, so that who comes back finds it as it was left.
  return (
    <>
      <div hidden={id !== ''} className="fill">
        <SessionsPage active={id === ''} query={query} />
      </div>
      {id && <SessionPage key={id} id={id} />}
    </>
  )
}

function focusMain(): void {
  document.getElementById('main')?.focus({ preventScroll: true })
}

/** How many requests and alerts wait for somebody. */
function useCounts(): { readonly requests: number; readonly alerts: number } {
  const { may } = useBroker()
  const requests = useAnswer<readonly ApprovalRequest[]>('/v1/requests?state=waiting')
  const alerts = useAnswer<readonly Alert[]>(may('viewer') ? '/v1/alerts' : undefined)
  useRowsOf(['asked', 'voted'], requests.again)
  useRowsOf(['alert', 'alert-closed'], alerts.again)
  return {
    requests: requests.value?.length ?? 0,
    alerts: alerts.value?.filter(({ closed }) => !closed).length ?? 0,
  }
}

function Liveness(): ReactNode {
  const { live, loaded } = useStanding()
  const text = live ? (loaded ? 'Live' : 'Loading') : 'Reconnecting'
  return (
    <span className="liveness" data-live={live} role="status">
      <span className="liveness-dot" aria-hidden />
      {text}
    </span>
  )
}

function SchemeSwitch(): ReactNode {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`Use ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === 'dark' ? <IconSun size={20} /> : <IconMoon size={20} />}
    </ActionIcon>
  )
}

function Account(): ReactNode {
  const { me } = useBroker()
  const { name, groups } = me.principal
  const signOut = (): void => {
    const leave = (): void => location.assign('/')
    call('POST', '/auth/logout').then(leave, leave)
  }
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Signed in as ${name}`}>
          <IconUserCircle size={22} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="account">
          <Text fw={600} size="sm" truncate>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {me.access.length > 0 ? `May act as ${me.access.join(', ')}` : 'Sees their own sessions'}
          </Text>
          {groups.length > 0 && (
            <Text size="xs" c="dimmed" lineClamp={2}>
              Groups: {groups.join(', ')}
            </Text>
          )}
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
