import { vaultContract } from '../../../test/contracts/vault.ts'
import { memoryVault } from './memory.ts'

vaultContract('memory vault', () => memoryVault())
