import { packageFolder } from '../../lambdas/storage/package-key.ts'

/**
 * The function with which CloudFront checks requests for packages: whether the token in `Authorization` is
 * the signature of the path (`lambdas/packages/download-link.ts`), and whether it has expired. Only then the
 * request goes on to the bucket, without the token, for the version in the path. Errors have S3's format.
 *
 * The answer contains the file's name, because one SDK takes it from there, up to the end of the line
 * (https://github.com/huaweicloud/huaweicloud-iot-device-sdk-c, `FILE_NAME`).
 *
 * What the runtime supports:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html,
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-custom-methods.html (`get`
 * rejects if there is no such key). The code contains no secret: keys are in the key-value store.
 */
export const gateCode = `import crypto from 'crypto'
import cf from 'cloudfront'

const keys = cf.kvs()

function refuse(status, description, code, message) {
  console.log(code)
  return {
    statusCode: status,
    statusDescription: description,
    headers: { 'content-type': { value: 'application/xml' }, 'cache-control': { value: 'no-store' } },
    body: '<Error><Code>' + code + '</Code><Message>' + message + '</Message></Error>'
  }
}

function isSame(one, other) {
  let differences = one.length ^ other.length
  for (let n = 0; n < one.length; n++) differences |= one.charCodeAt(n) ^ other.charCodeAt(n)
  return differences === 0
}

async function keyOf(id) {
  try {
    return await keys.get(id)
  } catch (error) {
    return undefined
  }
}

async function handler(event) {
  const request = event.request
  const parts = request.uri.split('/')
  if (parts.length !== 8 || !/^[A-Za-z0-9-]{1,32}$/.test(parts[1]))
    return refuse(404, 'Not Found', 'NoSuchLink', 'No package has this address.')
  const sent = request.headers.authorization
  if (!sent) return refuse(401, 'Unauthorized', 'MissingToken', 'The link is opened with its token.')
  const key = await keyOf(parts[1])
  if (!key)
    return refuse(403, 'Forbidden', 'UnknownTokenKey', 'The key that the token names is not in the key value store.')
  const token = sent.value.replace(/^bearer +/i, '')
  const signature = crypto.createHmac('sha256', key).update(request.uri).digest('base64url')
  if (!isSame(signature, token))
    return refuse(403, 'Forbidden', 'WrongToken', 'The token is not that of this link.')
  if (parseInt(parts[2], 36) * 1000 <= Date.now())
    return refuse(403, 'Forbidden', 'ExpiredToken', 'The time of the link is over.')
  delete request.headers.authorization
  request.uri = '/${packageFolder}/' + parts.slice(5).join('/')
  request.querystring = {
    versionId: { value: parts[4] },
    'response-content-disposition': { value: 'attachment%3B%20filename%3D' + parts[7] }
  }
  return request
}
`
