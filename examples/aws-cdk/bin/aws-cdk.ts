import { App } from 'aws-cdk-lib'
import { UserStack } from '../lib/user-stack.ts'

const app = new App()
new UserStack(app, 'AwsCdkStack')
