/** Where a partition's global services are at home: IAM is signed for it, and CloudTrail tells there of IAM and of STS's global endpoint. */
export const homeOf = (region: string): string =>
  region.startsWith('cn-') ? 'cn-north-1' : region.startsWith('us-gov-') ? 'us-gov-west-1' : 'us-east-1'
