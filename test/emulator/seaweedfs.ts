import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defaultRole } from '../../lambdas/storage/credentials/minio.ts'
import { prepareMinio } from '../../local/minio.ts'
import { freePorts, loopback } from '../support/ports.ts'
import { listens, startTied } from './tied.ts'

const bucket = 'dock-logs'
const keys = { accessKeyId: 'groundcrew', secretAccessKey: 'groundcrew-of-the-tests' }

const identities = [
  {
    name: 'groundcrew',
    credentials: [{ accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey }],
    actions: ['Admin'],
  },
]

const version = '2012-10-17'

/** The role that docs/storage.md says it has to know, with what a dock may at most. */
const issuer = {
  sts: {
    tokenDuration: '1h',
    maxSessionLength: '12h',
    issuer: 'groundcrew-tests',
    signingKey: Buffer.alloc(32, 'k').toString('base64'),
  },
  policy: { defaultEffect: 'Deny', storeType: 'memory' },
  roles: [
    {
      roleName: 'GroundcrewUpload',
      roleArn: defaultRole,
      trustPolicy: {
        Version: version,
        Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: ['sts:AssumeRole'] }],
      },
      attachedPolicies: ['Upload'],
    },
  ],
  policies: [
    {
      name: 'Upload',
      document: {
        Version: version,
        Statement: [
          {
            Effect: 'Allow',
            Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
            Resource: [`arn:aws:s3:::${bucket}/*`],
          },
        ],
      },
    },
  ],
}

const portFlags = ['s3', 'master', 'volume', 'filer'].flatMap((one) => [`${one}.port`, `${one}.port.grpc`])

/**
 * SeaweedFS as one process on loopback, with a bucket. Answers the options of a stack whose archives go
 * there, the key pair for its secret, and `stop`.
 * https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API
 */
export const startSeaweedfs = async (python: string, weed: string, directory: string) => {
  const data = join(directory, 'seaweedfs')
  mkdirSync(data)
  const file = (name: string, content: object): string => {
    const path = join(data, name)
    writeFileSync(path, JSON.stringify(content))
    return path
  }
  const [port = 0, ...more] = await freePorts(portFlags.length)
  const ports = portFlags.map((flag, n) => `-${flag}=${[port, ...more][n]}`)
  const stop = await startTied({
    python,
    command: [
      weed,
      'server',
      `-ip=${loopback}`,
      `-ip.bind=${loopback}`,
      `-dir=${data}`,
      ...ports,
      '-master.volumeSizeLimitMB=64',
      '-s3',
      `-s3.localSocket=${join(data, 's3.sock')}`,
      `-filer.localSocket=${join(data, 'filer.sock')}`,
      `-s3.config=${file('identities.json', { identities })}`,
      `-s3.iam.config=${file('issuer.json', issuer)}`,
    ],
    env: { PATH: dirname(weed), HOME: data, TMPDIR: data },
    log: join(directory, 'seaweedfs.log'),
    isReady: () => listens(port),
  })
  const url = `http://${loopback}:${port}`
  const prepared = async () => {
    const { context } = await prepareMinio({ url, bucket, ...keys })
    return { context, keys, stop }
  }
  return prepared().catch(async (error: unknown) => {
    await stop()
    throw error
  })
}
