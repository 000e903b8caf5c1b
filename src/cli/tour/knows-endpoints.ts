/**
 * Whether an AWS CLI of this version (`aws --version`: `aws-cli/2.15.0 Python/…`) goes where AWS_ENDPOINT_URL says. An
 * older one would go to AWS itself. See "Service-specific endpoints" in the AWS SDKs and Tools Reference Guide.
 */
export function knowsEndpoints(version: string): boolean {
  const [, major, minor] = /aws-cli\/(\d+)\.(\d+)\./.exec(version) ?? []
  if (major === undefined || minor === undefined) return false
  const first = since[Number(major)]
  return first === undefined ? Number(major) > newestMajor : Number(minor) >= first
}

/** The minor version that brought it, by major version. */
const since: Readonly<Record<number, number>> = { 0: Number.POSITIVE_INFINITY, 1: 29, 2: 13 }
const newestMajor = 2
