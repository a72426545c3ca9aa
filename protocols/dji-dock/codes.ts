/**
 * Why the server says no, and the vendor's code for it. 210229 and 210234 are known from another platform's
 * SDK only (README.md).
 */
export const refusalCodes = {
  /** The binding code is unknown, used up, expired or revoked. */
  wrongCode: 210_229,
  /** The organization could not be read just now. */
  organizationUnread: 210_230,
  /** Not bound; the reason is none of the others. */
  notBound: 210_231,
  boundElsewhere: 210_232,
  /** The state of the binding could not be read just now. */
  stateUnread: 210_233,
  noOrganization: 210_234,
  /** The vendor has no code for what a server does not do, or cannot do just now; any but 0 is an error. */
  unsupported: 1,
  unavailable: 1,
} as const

export type Refusal = keyof typeof refusalCodes
