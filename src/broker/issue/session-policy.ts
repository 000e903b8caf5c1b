/** Seconds: AWS issues nothing shorter. */
export const shortestAtAws = 900

/** What of a policy AWS must refuse by itself, because its own session lives longer than the proof. */
export function endingPolicy(policy: string | undefined, end: Date): string {
  const given: unknown = policy === undefined ? undefined : JSON.parse(policy)
  const statements =
    typeof given === 'object' && given !== null && 'Statement' in given
      ? [given.Statement].flat()
      : [{ Effect: 'Allow', Action: '*', Resource: '*' }]
  const late = { DateGreaterThan: { 'aws:CurrentTime': end.toISOString().replace(/\.\d{3}Z$/, 'Z') } }
  const over = { Effect: 'Deny', Action: '*', Resource: '*', Condition: late }
  return JSON.stringify({ Version: '2012-10-17', Statement: [...statements, over] })
}
