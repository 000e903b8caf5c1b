import { Stack } from 'aws-cdk-lib'

export class UserStack extends Stack {}
