import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import 'virtual:theme.css'
import './page.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { hashOfPath } from './app/router.ts'
import { theme } from './theme.ts'

// Who comes by a path, as from a message, gets to the same place; how it is written within the page is behind the `#`.
const hash = location.hash === '' ? hashOfPath(location.pathname) : undefined
if (hash !== undefined) history.replaceState(null, '', `/${hash}`)

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    // Mantine writes neither variables nor classes of its own into the page: both are in the style sheet.
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <Notifications position="bottom-right" limit={3} />
      <App />
    </MantineProvider>,
  )
