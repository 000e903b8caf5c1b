import { App, CfnOutput, DefaultStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib'
import { User } from 'aws-cdk-lib/aws-iam'
import { AccessKeyRotation } from '../src/index.ts'

interface FunctionProperties {
  readonly Code: { readonly S3Key: string }
  readonly Environment: { readonly Variables: Record<string, string> }
}

/**
 * The template of a user `backup` with a rotated key, its code in the bucket `assets`. The soak is a second, which is
 * what a test can wait for; `more` is put into the function's environment.
 */
export function rotationTemplate(
  outdir: string,
  more: Readonly<Record<string, string>> = {},
): { readonly body: string; readonly assetKey: string } {
  const app = new App({ outdir, analyticsReporting: false })
  // A cast, because the library is compiled without exactOptionalPropertyTypes.
  const synthesizer = new DefaultStackSynthesizer({
    fileAssetsBucketName: 'assets',
    generateBootstrapVersionRule: false,
  }) as IStackSynthesizer
  const stack = new Stack(app, 'Rotation', { synthesizer })
  const { secret, rotationFunction } = new AccessKeyRotation(stack, 'Rotation', {
    user: new User(stack, 'User', { userName: 'backup' }),
  })
  new CfnOutput(stack, 'Secret', { value: secret.secretArn })
  new CfnOutput(stack, 'Function', { value: rotationFunction.functionName })
  const template = app.synth().getStackByName('Rotation').template
  const resources = Object.values<{ readonly Type: string; readonly Properties: FunctionProperties }>(
    template.Resources,
  )
  const found = resources.find(({ Type }) => Type === 'AWS::Lambda::Function')
  if (!found) throw new Error('the template has no function')
  Object.assign(found.Properties.Environment.Variables, { SOAK_SECONDS: '1' }, more)
  return { body: JSON.stringify(template), assetKey: found.Properties.Code.S3Key }
}
