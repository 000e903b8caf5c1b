import type { Service } from '../service.ts'
import { ssoAdmin } from './admin/index.ts'
import { ssoOidc } from './oidc/index.ts'
import { ssoPages } from './pages/index.ts'
import { ssoPortal } from './portal.ts'
import { identityStore } from './store/index.ts'

/** IAM Identity Center, as its five faces: administrators, directory, programs that sign in, portal, people. */
export const identityCenter: readonly Service[] = [ssoAdmin, identityStore, ssoOidc, ssoPortal, ssoPages]
