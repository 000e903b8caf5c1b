import type { Verb } from './cli.ts'

/** Every verb. The order is that of the help. */
export const verbs: readonly Verb[] = [
  { name: 'login', summary: 'Get a session for a profile and keep it', load: () => import('./commands/login.ts') },
  { name: 'exec', summary: 'Run a command with temporary credentials', load: () => import('./commands/exec.ts') },
  { name: 'env', summary: 'Print temporary credentials as shell variables', load: () => import('./commands/env.ts') },
  { name: 'creds', summary: 'Answer as a credential_process', load: () => import('./commands/creds.ts') },
  { name: 'whoami', summary: 'Ask AWS who these credentials are', load: () => import('./commands/whoami.ts') },
  {
    name: 'console',
    summary: 'Open the AWS console as a profile',
    load: () => import('./commands/console.ts'),
  },
  {
    name: 'agent',
    summary: 'Serve credentials that renew, and can be taken back',
    load: () => import('./commands/agent.ts'),
  },
  { name: 'explain', summary: 'Say what a profile will do, offline', load: () => import('./commands/explain.ts') },
  { name: 'logout', summary: 'Forget the sessions kept here', load: () => import('./commands/logout.ts') },
  { name: 'keys', summary: 'Move permanent keys into the vault', load: () => import('./commands/keys.ts') },
  { name: 'setup', summary: 'Make a user whose key needs MFA, or a role', load: () => import('./commands/setup.ts') },
  { name: 'mfa', summary: 'Give an IAM user an MFA device', load: () => import('./commands/mfa.ts') },
  {
    name: 'sso',
    summary: 'List and sync what Identity Center assigns',
    load: () => import('./commands/sso.ts'),
  },
  { name: 'policy', summary: 'Test and explain IAM policies', load: () => import('./commands/policy.ts') },
  {
    name: 'sessions',
    summary: "See and revoke a broker's sessions",
    load: () => import('./commands/sessions.ts'),
  },
  { name: 'request', summary: 'Ask for a session that needs approval', load: () => import('./commands/request.ts') },
  { name: 'requests', summary: 'Approve or refuse what was asked', load: () => import('./commands/requests.ts') },
  { name: 'up', summary: 'Try a broker, with all it needs', load: () => import('./commands/up.ts') },
  { name: 'broker', summary: 'Issue, show and end sessions', load: () => import('./commands/broker.ts') },
  {
    name: 'ledger',
    summary: "Verify and export a broker's record",
    load: () => import('./commands/ledger.ts'),
  },
  { name: 'sandbox', summary: 'Serve AWS on loopback', load: () => import('./commands/sandbox.ts') },
  { name: 'tour', summary: 'Walk the story against a sandbox', load: () => import('./commands/tour.ts') },
  { name: 'completions', summary: 'Print shell completions', load: () => import('./commands/completions.ts') },
]
