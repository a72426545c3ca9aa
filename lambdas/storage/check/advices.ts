/** What to change, by the cause of a failed step. The names are for programs, and stay. */
export const advices = {
  clockOff: 'Set the clock of the storage server, and of its STS: signatures hold for a quarter of an hour.',
  nameNotFound:
    'Correct the name in storageEndpoint or dockStorageEndpoint: it must resolve where the functions run, which is the internet and not your network.',
  unreachable:
    'Nothing listens there, or a firewall refuses: correct storageEndpoint or dockStorageEndpoint, or start the server.',
  noAnswer:
    'Open the firewall between AWS and the endpoint: the functions run outside any VPC. If it is open, the server is too slow.',
  certificateNotTrusted:
    'Give the endpoint a certificate of a public authority, and have it send the whole chain: neither the functions nor docks know yours.',
  certificateExpired: 'Renew the certificate of the endpoint, or set the clock of whoever finds it expired.',
  certificateForOtherName: 'Use the name that the certificate is for, or a certificate for this name.',
  notTls: 'The endpoint does not speak TLS on this port: correct the port, or http:// against https://.',
  secretNotReadable:
    'Correct storageSecretArn, or let the function read the secret: its role, the policy of the secret, and that of its KMS key.',
  secretMalformed: 'Write { "accessKeyId": "…", "secretAccessKey": "…" } into the secret.',
  keysRefused:
    'Storage refuses our own key pair: write the current one into the secret, enable its user, and let that user lend.',
  keysMayNotLend:
    'Storage takes our key pair, and lends nothing for it: use the pair of a user, since MinIO lends nothing for access keys that were made for a user (service accounts).',
  lendingRefused:
    'The role that is lent does not let this function in: its trust policy needs sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity, as the stack makes it.',
  roleMissing: 'The role that is lent does not exist: correct aliRoleArn, or deploy the stack again.',
  sessionTooLong: 'Let the role have sessions of an hour, 3600 seconds.',
  sessionPolicyRefused: 'The session policy was refused: shorten the names of bucket and key, or report it.',
  issuerOff: 'Switch STS on for this region in the account settings of IAM.',
  noIssuer:
    'What answers at storageEndpoint lends nothing; its own words are in the detail. It must be the API of a server that has an STS with AssumeRole, which is switched on, and knows the role of storageRoleArn.',
  wrongRegion:
    'The bucket is in another region than we sign for: correct storageRegion, or deploy to the region of the bucket.',
  bucketMissing: 'Correct bucketName, or make the bucket.',
  keyDenied:
    'The KMS key of the bucket refuses: give kmsKeyArn, and let its key policy allow the roles of the stack (docs/deploy.md).',
  lentKeysUnknown:
    'Storage does not know what was lent: dockStorageEndpoint must lead to the storage whose STS lends, and change nothing of the request on the way.',
  storageFull: 'Make room in storage, or raise the quota of the bucket.',
  serviceFailing: 'The service is out of order: try again, and look into its own logs if that stays so.',
  dockMayNotPut:
    'The rights that are lent lack PutObject on this key: look at the role or user that is lent, and at the policy of the bucket.',
  dockMayNotListParts:
    'The rights that are lent lack ListMultipartUploadParts (OSS: ListParts), without which a dock cannot resume.',
  dockMayNotAbort: 'The rights that are lent lack AbortMultipartUpload.',
  sessionPolicyIgnored:
    'The session policy does not hold: a dock could write over other archives of its folder. Use no proxy or server that leaves it out.',
  scopeIgnored:
    'Storage lets lent credentials do what they are not for, in the folders of other docks too: narrow the policies of bucket, role or user, and make sure that the server checks them.',
  caseFolded:
    'Storage takes keys that differ by case for the same, so that one dock could write over the archive of another: use a server and a file system that tell them apart.',
  dockMayDoMore:
    'Lent credentials may read, list or delete: take that out of the policy of the bucket, and make sure that the session policy holds.',
  roleTooWide:
    'The role that is lent reaches beyond the folder of one dock: limit it to the folder that its session tags name, as the stack makes it, and look for an Allow in the policy of the bucket.',
  backendMayNotRead: 'Let our role or user GetObject on the bucket; look for a Deny in its policy.',
  backendMayNotDelete: 'Let our role or user DeleteObject on the bucket; look for a Deny or a lock.',
  backendMayNotList:
    'Let our role or user ListBucket (OSS: ListObjects): without it a missing archive looks like a refusal, and is never called missing.',
  otherStorage:
    'Docks write to another storage than we read from: dockStorageEndpoint and storageEndpoint must lead to the same one.',
  contentDiffers: 'Something between us and storage changes what is stored: look for a proxy or a cache.',
  notRemoved: 'The probe is still there after it was deleted: look for a lock or a cache.',
  notObjectStorage:
    'What answers there is no object storage, or another of its ports: correct storageEndpoint or dockStorageEndpoint.',
  unexpected: 'Look the code up in the documentation of the storage; the log of the function has more.',
} as const

export type Cause = keyof typeof advices
