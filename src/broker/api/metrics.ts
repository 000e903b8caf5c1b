import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** What is counted, for Prometheus. */
export interface Metrics {
  readonly issued: (outcome: string) => void
  readonly revoked: (seconds: number) => void
  readonly answered: (route: string, status: number, seconds: number) => void
  readonly alerted: (alert: string) => void
  readonly notified: (outcome: string) => void
  readonly watched: (account: string, region: string, at: Date) => void
  readonly text: (live: {
    readonly sessions: number
    readonly listeners: number
    readonly seq: number
    readonly authenticators: readonly { readonly name: string; readonly broken?: string }[]
  }) => Promise<string>
}

export function openMetrics(): Metrics {
  const registers = [new Registry()]
  const [registry] = registers
  const issues = new Counter({
    name: 'mayfly_sessions_total',
    help: 'Sessions asked for, by outcome',
    labelNames: ['outcome'],
    registers,
  })
  const revocations = new Histogram({
    name: 'mayfly_revocation_seconds',
    help: 'From the order to the answer',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  })
  const answers = new Histogram({
    name: 'mayfly_http_request_seconds',
    help: 'Answers of the API, by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers,
  })
  const live = new Gauge({ name: 'mayfly_sessions_live', help: 'Sessions that are not over', registers })
  const listeners = new Gauge({
    name: 'mayfly_stream_listeners',
    help: 'Connected pages, commands and agents',
    registers,
  })
  const rows = new Gauge({ name: 'mayfly_ledger_rows', help: 'Rows of the ledger', registers })
  const ways = new Gauge({
    name: 'mayfly_authenticator_up',
    help: 'Whether an authenticator can be used (1) or is broken (0)',
    labelNames: ['authenticator'],
    registers,
  })
  const alerts = new Counter({
    name: 'mayfly_alerts_total',
    help: 'Alerts since this broker began, by kind, whichever broker raised them',
    labelNames: ['alert'],
    registers,
  })
  const notices = new Counter({
    name: 'mayfly_notices_total',
    help: 'Notices to receivers, by what became of them',
    labelNames: ['outcome'],
    registers,
  })
  const watched = new Gauge({
    name: 'mayfly_watch_read_timestamp_seconds',
    help: 'When CloudTrail was last read, by account and region',
    labelNames: ['account', 'region'],
    registers,
  })
  return {
    alerted: (alert) => alerts.inc({ alert }),
    notified: (outcome) => notices.inc({ outcome }),
    watched: (account, region, at) => watched.set({ account, region }, at.getTime() / 1000),
    issued: (outcome) => issues.inc({ outcome }),
    revoked: (seconds) => revocations.observe(seconds),
    answered: (route, status, seconds) => answers.observe({ route, status: String(status) }, seconds),
    async text(now) {
      live.set(now.sessions)
      listeners.set(now.listeners)
      rows.set(now.seq)
      // Those that the configuration does not have any more go.
      ways.reset()
      for (const { name, broken } of now.authenticators) ways.set({ authenticator: name }, broken === undefined ? 1 : 0)
      return registry?.metrics() ?? ''
    },
  }
}
