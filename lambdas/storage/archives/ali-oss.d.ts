/** Types for the part that we use of the signature version 4 signer in Alibaba's SDK, which has none. */
declare module 'ali-oss/lib/common/signUtils.js' {
  type Request = { headers: Record<string, string>; queries: Record<string, string | null> }
  /** `day` is `20270115`, `time` `20270115T080000Z`. */
  const signer: {
    getCredential(day: string, region: string, accessKeyId: string): string
    getCanonicalRequest(
      method: string,
      request: Request,
      bucket: string,
      key: string,
      additionalHeaders: readonly string[],
    ): string
    getStringToSign(region: string, time: string, canonicalRequest: string): string
    getSignatureV4(secret: string, day: string, region: string, stringToSign: string): string
  }
  export default signer
}
