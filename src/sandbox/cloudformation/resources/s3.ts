import { writeXml } from '../../../wire/xml.ts'
import { Fault } from '../../fault.ts'
import type { Properties, Provisioned, Provisioning } from '../resource-type.ts'
import { bucketSettings, readsAs } from './bucket-settings.ts'
import { orUndo, unlessGone } from './changes.ts'
import { documentIn, knowing, neededText, same, textIn } from './properties.ts'

/** Sends S3 a request about a bucket. */
const askS3 = ({ inner }: Provisioning, method: string, target: string, body = '') =>
  inner.request('s3', { method, target: `/${target}`, body })

const tell = (name: string, { region }: Provisioning): Provisioned => ({
  id: name,
  attributes: {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    DualStackDomainName: `${name}.s3.dualstack.${region}.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    WebsiteURL: `http://${name}.s3-website-${region}.amazonaws.com`,
  },
})

/** AWS::S3::Bucket, as far as the S3 here keeps it. `Ref` is the name. */
export const bucket = knowing(['AccessControl', 'BucketName', ...bucketSettings.map(({ property }) => property)], {
  replacedBy: ['BucketName'],
  async create(properties, at) {
    const name = textIn(properties, 'BucketName') ?? at.uniqueName(63, 'lower-case')
    checkAccessControl(textIn(properties, 'AccessControl'))
    await refuseIfThere(name, at)
    const elsewhere =
      at.region === 'us-east-1' ? '' : writeXml('CreateBucketConfiguration', { LocationConstraint: at.region })
    await askS3(at, 'PUT', name, elsewhere)
    const made = tell(name, at)
    await orUndo(
      () => furnish(name, properties, undefined, at),
      () => this.remove({ ...made, properties }, at),
    )
    return made
  },
  async update(properties, { id, properties: before }, at) {
    checkAccessControl(textIn(properties, 'AccessControl'))
    await furnish(id, properties, before, at)
    return tell(id, at)
  },
  remove: ({ id }, at) => unlessGone(askS3(at, 'DELETE', id)),
})

async function furnish(
  name: string,
  after: Properties,
  before: Properties | undefined,
  at: Provisioning,
): Promise<void> {
  for (const setting of bucketSettings) {
    const wanted = readsAs(setting, after, at)
    if (wanted === (before && readsAs(setting, before, { ...at, tags: at.formerTags }))) continue
    const document = wanted ?? setting.otherwise
    await askS3(at, document === undefined ? 'DELETE' : 'PUT', `${name}?${setting.parameter}`, document)
  }
}

/** Buckets here own their objects and have no access control lists, as new buckets at AWS. */
function checkAccessControl(acl: string | undefined): void {
  if (acl !== undefined && acl !== 'Private' && acl !== 'BucketOwnerFullControl')
    throw new Fault('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')
}

/** In us-east-1 S3 lets an account make its bucket twice; a stack must not take over what it did not make. */
async function refuseIfThere(name: string, at: Provisioning): Promise<void> {
  try {
    await askS3(at, 'HEAD', name)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.code === 'NoSuchBucket') return
    if (error.code !== 'AccessDenied') throw error
  }
  throw new Fault('BucketAlreadyExists', 409, `${name} already exists`)
}

/** AWS::S3::BucketPolicy. `Ref` is the bucket's name. */
export const bucketPolicy = knowing(['Bucket', 'PolicyDocument'], {
  replacedBy: ['Bucket'],
  required: ['Bucket', 'PolicyDocument'],
  async create(properties, at) {
    const name = neededText(properties, 'Bucket')
    if (await hasPolicy(name, at))
      throw new Fault('AlreadyExists', 409, `The bucket policy already exists on bucket ${name}.`)
    await askS3(at, 'PUT', `${name}?policy`, documentIn(properties, 'PolicyDocument'))
    return { id: name, attributes: {} }
  },
  async update(properties, { id, attributes, properties: before }, at) {
    if (!same(properties.PolicyDocument, before.PolicyDocument))
      await askS3(at, 'PUT', `${id}?policy`, documentIn(properties, 'PolicyDocument'))
    return { id, attributes }
  },
  remove: ({ id }, at) => unlessGone(askS3(at, 'DELETE', `${id}?policy`)),
})

async function hasPolicy(name: string, at: Provisioning): Promise<boolean> {
  try {
    await askS3(at, 'GET', `${name}?policy`)
    return true
  } catch (error) {
    if (error instanceof Fault && error.code === 'NoSuchBucketPolicy') return false
    throw error
  }
}
