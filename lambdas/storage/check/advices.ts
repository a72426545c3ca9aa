/** The advice for each cause of a failed step. The names of the causes are stable, for programs. */
export const advices = {
  clockOff:
    'Set the clock of the storage server, and of its STS: signatures are valid for a quarter of an hour.',
  nameNotFound:
    'Correct the name in storageEndpoint or dockStorageEndpoint: it must resolve where the functions run, which is the internet and not your network.',
  unreachable:
    'Nothing listens there, or a firewall refuses: correct storageEndpoint or dockStorageEndpoint, or start the server.',
  noAnswer:
    'Open the firewall between AWS and the endpoint: the functions run outside any VPC. If it is open, the server is too slow.',
  certificateNotTrusted:
    'Give the endpoint a certificate of a public authority, and have it send the whole chain: neither the functions nor docks trust yours.',
  certificateExpired:
    'Renew the certificate of the endpoint, or set the clock of the machine that finds it expired.',
  certificateForOtherName: 'Use the name that the certificate is for, or a certificate for this name.',
  notTls: 'The endpoint does not speak TLS on this port: correct the port, or http:// against https://.',
  secretNotReadable:
    'Correct storageSecretArn, or let the function read the secret: its role, the policy of the secret, and that of its KMS key.',
  secretMalformed: 'Write { "accessKeyId": "…", "secretAccessKey": "…" } into the secret.',
  keysRefused:
    'Storage refuses our own key pair: write the current one into the secret, enable its user, and allow that user AssumeRole.',
  keysMayNotLend:
    'Storage accepts our key pair but lends no credentials for it: use the key pair of a user, because MinIO lends nothing for access keys that were made for a user (service accounts).',
  lendingRefused:
    'The upload role does not trust this function: its trust policy needs sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, as in the stack.',
  roleMissing: 'The upload role does not exist: correct aliRoleArn, or deploy the stack again.',
  sessionTooLong: 'Allow sessions of an hour, 3600 seconds, for the role.',
  sessionPolicyRefused: 'The session policy was refused: shorten the names of bucket and key, or report it.',
  issuerOff: 'Switch STS on for this region in the account settings of IAM.',
  noIssuer:
    'The server at storageEndpoint lends no credentials; the detail has its message. It must be the API of a server with an STS that supports AssumeRole, is switched on, and knows the role of storageRoleArn.',
  wrongRegion:
    'The bucket is in another region than the one we sign for: correct storageRegion, or deploy to the region of the bucket.',
  bucketMissing: 'Correct bucketName, or create the bucket.',
  keyDenied:
    'The KMS key of the bucket denies access: set kmsKeyArn, and let its key policy allow the roles of the stack (docs/deploy.md).',
  lentKeysUnknown:
    'Storage does not know the lent credentials: dockStorageEndpoint must lead to the storage whose STS lends them, and nothing on the way may change the request.',
  storageFull: 'Make room in storage, or raise the quota of the bucket.',
  serviceFailing: 'The service is failing: try again, and look into its own logs if that does not help.',
  dockMayNotPut:
    'The lent credentials lack PutObject on this key: check the policies of the role or user, and of the bucket.',
  dockMayNotListParts:
    'The lent credentials lack ListMultipartUploadParts (OSS: ListParts), without which a dock cannot resume.',
  dockMayNotAbort: 'The lent credentials lack AbortMultipartUpload.',
  sessionPolicyIgnored:
    'The session policy has no effect: a dock could overwrite other archives in its folder. Use no proxy or server that ignores it.',
  scopeIgnored:
    'Lent credentials work in the folders of other docks too: narrow the policies of bucket, role or user, and make sure that the server enforces them.',
  caseFolded:
    'Storage ignores the case of keys, so that one dock could overwrite the archive of another: use a server and a file system that are case-sensitive.',
  dockMayDoMore:
    'Lent credentials may read, list or delete: remove that from the policy of the bucket, and make sure that the session policy takes effect.',
  roleTooWide:
    'The upload role reaches beyond the folder of one dock: limit it to the folder that its session tags name, as in the stack, and look for an Allow in the policy of the bucket.',
  backendMayNotRead: 'Allow our role or user GetObject on the bucket; look for a Deny in its policy.',
  backendMayNotDelete: 'Allow our role or user DeleteObject on the bucket; look for a Deny or a lock.',
  backendMayNotList:
    'Allow our role or user ListBucket (OSS: ListObjects): without it a missing archive looks like a refusal, and never counts as missing.',
  otherStorage:
    'Docks write to another storage than we read from: dockStorageEndpoint and storageEndpoint must lead to the same one.',
  contentDiffers: 'Something between us and storage changes what is stored: look for a proxy or a cache.',
  notRemoved: 'The probe is still there after it was deleted: look for a lock or a cache.',
  notObjectStorage:
    'The server there is not object storage, or this is another of its ports: correct storageEndpoint or dockStorageEndpoint.',
  unexpected: 'Look the code up in the documentation of the storage; the log of the function has more.',
} as const

export type Cause = keyof typeof advices
