import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import 'virtual:theme.css'
import './page.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { theme } from './theme.ts'

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    // Mantine writes neither variables nor classes of its own into the page: both are in the style sheet.
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <Notifications position="bottom-right" limit={3} />
      <App />
    </MantineProvider>,
  )
