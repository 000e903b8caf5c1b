export { compile } from './compile.ts'
export type { Condition, PolicyDocument, PrincipalElement, Statement } from './document.ts'
export { awsMessage, type Fault } from './fault.ts'
export { type ParsedPolicy, type ParseOptions, type PolicyKind, parsePolicy, parsePolicyValue } from './parse.ts'
export type {
  AccessQuestion,
  Decider,
  PolicySet,
  PolicyType,
  RequestContext,
  StatementRef,
  Verdict,
} from './question.ts'
export { denialMessage, denialReason } from './reason.ts'
