/** The members of a JSON object that was answered; none when it is anything else. */
export async function readJson(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = await answer.json()
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
  } catch {
    return {}
  }
}
