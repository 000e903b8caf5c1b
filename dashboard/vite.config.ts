import { convertCssVariables, DEFAULT_THEME, defaultCssVariablesResolver, mergeMantineTheme } from '@mantine/core'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { theme } from './src/theme.ts'

const name = 'virtual:theme.css'

/**
 * The theme's variables as a style sheet. Mantine would write them into a <style> element when the page runs, which the
 * broker's Content-Security-Policy (style-src 'self') forbids.
 */
const themeSheet: Plugin = {
  name: 'theme as a style sheet',
  resolveId: (id) => (id === name ? `\0${name}` : undefined),
  load: (id) =>
    id === `\0${name}`
      ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)), ':root')
      : undefined,
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), themeSheet],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
})
