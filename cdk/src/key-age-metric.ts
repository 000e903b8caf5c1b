/** Where the age of access keys is found in CloudWatch: the function writes it, the alarm reads it. */
export const keyAgeMetric = { namespace: 'Mayfly/AccessKeys', name: 'AgeInDays', dimension: 'UserName' } as const
