export { TrustedRole, type TrustedRoleProps } from './trusted-role.ts'
