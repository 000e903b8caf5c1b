import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the built page is: beside the package's code, or in the checkout. Undefined where it was not built. */
export const pageFolder = (): string | undefined =>
  [join(import.meta.dirname, '../../dashboard'), join(import.meta.dirname, '../../../dashboard/dist')].find((folder) =>
    existsSync(join(folder, 'index.html')),
  )
