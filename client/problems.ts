import { ApiError, problemOf } from './errors.ts'

/**
 * A class per type of problem, with the type's name, so that `catch` can distinguish them. An unknown type
 * from a newer backend is an `ApiError`.
 */

/** 400: The body is not JSON. */
export class MalformedJsonError extends ApiError {}
/** 422: The request is invalid. */
export class InvalidRequestError extends ApiError {}
/** 413: The body is too large. */
export class BodyTooLargeError extends ApiError {}
/** 401: The token is not an access token. */
export class NotAnAccessTokenError extends ApiError {}
/** 403: You may not do this. */
export class NotPermittedError extends ApiError {}
/** 403: The token names too many fleets. */
export class TooManyFleetsError extends ApiError {}
/** 404: There is no such record. */
export class NotFoundError extends ApiError {}
/** 404: There is no such dock. */
export class UnknownDockError extends ApiError {}
/** 404: There is no such account. */
export class UnknownDockAccountError extends ApiError {}
/** 409: The account has been revoked. */
export class DockAccountRevokedError extends ApiError {}
/** 409: The dock already has an account. */
export class DockHasAccountError extends ApiError {}
/** 404: There is no such device. */
export class UnknownDeviceError extends ApiError {}
/** 409: Another upgrade of the device is open. */
export class AnotherAttemptOpenError extends ApiError {}
/** 409: The attempt has ended. */
export class AttemptEndedError extends ApiError {}
/** 404: There is no such campaign. */
export class UnknownCampaignError extends ApiError {}
/** 409: The campaign has been aborted. */
export class CampaignAbortedError extends ApiError {}
/** 409: The campaign already has devices. */
export class CampaignHasDevicesError extends ApiError {}
/** 409: The campaign has not ended. */
export class CampaignInUseError extends ApiError {}
/** 409: The campaign has been deleted. */
export class CampaignDeletedError extends ApiError {}
/** 409: An upgrade of the device is open. */
export class DeviceInUseError extends ApiError {}
/** 409: The dock still has work in progress. */
export class DockInUseError extends ApiError {}
/** 409: The campaign drives no devices. */
export class CampaignWatchesError extends ApiError {}
/** 409: The campaign has no devices. */
export class CampaignEmptyError extends ApiError {}
/** 409: The campaign has started. */
export class CampaignStartedError extends ApiError {}
/** 409: The state of the campaign does not allow this. */
export class WrongCampaignStateError extends ApiError {}
/** 403: Somebody else has to approve it. */
export class ApprovalByMakerError extends ApiError {}
/** 409: The package cannot be used. */
export class PackageNotReadyError extends ApiError {}
/** 409: The device has already had its attempt in the campaign. */
export class AlreadyInCampaignError extends ApiError {}
/** 404: There is no such package. */
export class UnknownPackageError extends ApiError {}
/** 409: The package has been proved. */
export class PackageFixedError extends ApiError {}
/** 409: The package has been deleted. */
export class PackageDeletedError extends ApiError {}
/** 409: The package is in use. */
export class PackageInUseError extends ApiError {}
/** 409: Packages cannot be downloaded with a token here. */
export class PackageDownloadsOffError extends ApiError {}
/** 409: The file of the package is not there yet. */
export class PackageNotUploadedError extends ApiError {}
/** 404: There is no such organization. */
export class UnknownOrganizationError extends ApiError {}
/** 404: There is no such binding code. */
export class UnknownBindingCodeError extends ApiError {}
/** 404: There is no such collection. */
export class UnknownCollectionError extends ApiError {}
/** 409: The collection is disabled. */
export class CollectionDisabledError extends ApiError {}
/** 409: There are too many collections. */
export class TooManyCollectionsError extends ApiError {}
/** 404: There is no such webhook. */
export class UnknownWebhookError extends ApiError {}
/** 409: There are too many webhooks. */
export class TooManyWebhooksError extends ApiError {}
/** 409: The receiver has ended the webhook. */
export class WebhookEndedError extends ApiError {}
/** 409: The dock is uploading already. */
export class DockBusyError extends ApiError {}
/** 409: The dock is busy with something else. */
export class DockNotIdleError extends ApiError {}
/** 409: Somebody else has the dock in debug mode. */
export class DebugModeHeldError extends ApiError {}
/** 409: The dock is offline. */
export class DockAbsentError extends ApiError {}
/** 409: The logs of the dock are not known yet. */
export class NoListingError extends ApiError {}
/** 409: The upload has ended. */
export class UploadEndedError extends ApiError {}
/** 409: The upload has not ended. */
export class UploadOpenError extends ApiError {}
/** 409: There is nothing to retry. */
export class NothingToRetryError extends ApiError {}
/** 422: The upload would take too long. */
export class UploadTooLongError extends ApiError {}
/** 409: The archive is not in storage. */
export class ArchiveNotStoredError extends ApiError {}
/** 410: The archive is no longer kept. */
export class ArchiveExpiredError extends ApiError {}
/** 412: The record already exists. */
export class AlreadyExistsError extends ApiError {}
/** 422: The Idempotency-Key belongs to another request. */
export class IdempotencyKeyReusedError extends ApiError {}
/** 503: The command could not be sent. */
export class CommandNotSentError extends ApiError {}
/** 503: A service that is needed does not respond. */
export class TryAgainError extends ApiError {}
/** 500: Something went wrong here. */
export class InternalError extends ApiError {}

/** 401 of the gateway: the token is missing, expired, or from another issuer. */
export class UnauthorizedError extends ApiError {}
/** 429 of the gateway: too many requests in too short a time. */
export class TooManyRequestsError extends ApiError {}

/** The classes by the last part of a problem's `type`. */
export const problemClasses: Readonly<Record<string, typeof ApiError>> = {
  'malformed-json': MalformedJsonError,
  'invalid-request': InvalidRequestError,
  'body-too-large': BodyTooLargeError,
  'not-an-access-token': NotAnAccessTokenError,
  'not-permitted': NotPermittedError,
  'too-many-fleets': TooManyFleetsError,
  'not-found': NotFoundError,
  'unknown-dock': UnknownDockError,
  'unknown-dock-account': UnknownDockAccountError,
  'dock-account-revoked': DockAccountRevokedError,
  'dock-has-account': DockHasAccountError,
  'unknown-device': UnknownDeviceError,
  'another-attempt-open': AnotherAttemptOpenError,
  'attempt-ended': AttemptEndedError,
  'unknown-campaign': UnknownCampaignError,
  'campaign-aborted': CampaignAbortedError,
  'campaign-has-devices': CampaignHasDevicesError,
  'campaign-in-use': CampaignInUseError,
  'campaign-deleted': CampaignDeletedError,
  'device-in-use': DeviceInUseError,
  'dock-in-use': DockInUseError,
  'campaign-watches': CampaignWatchesError,
  'already-exists': AlreadyExistsError,
  'campaign-empty': CampaignEmptyError,
  'campaign-started': CampaignStartedError,
  'wrong-campaign-state': WrongCampaignStateError,
  'approval-by-maker': ApprovalByMakerError,
  'package-not-ready': PackageNotReadyError,
  'already-in-campaign': AlreadyInCampaignError,
  'unknown-package': UnknownPackageError,
  'package-fixed': PackageFixedError,
  'package-deleted': PackageDeletedError,
  'package-in-use': PackageInUseError,
  'package-downloads-off': PackageDownloadsOffError,
  'package-not-uploaded': PackageNotUploadedError,
  'unknown-organization': UnknownOrganizationError,
  'unknown-binding-code': UnknownBindingCodeError,
  'unknown-collection': UnknownCollectionError,
  'collection-disabled': CollectionDisabledError,
  'too-many-collections': TooManyCollectionsError,
  'unknown-webhook': UnknownWebhookError,
  'too-many-webhooks': TooManyWebhooksError,
  'webhook-ended': WebhookEndedError,
  'dock-busy': DockBusyError,
  'dock-not-idle': DockNotIdleError,
  'debug-mode-held': DebugModeHeldError,
  'dock-absent': DockAbsentError,
  'no-listing': NoListingError,
  'upload-ended': UploadEndedError,
  'upload-open': UploadOpenError,
  'nothing-to-retry': NothingToRetryError,
  'upload-too-long': UploadTooLongError,
  'archive-not-stored': ArchiveNotStoredError,
  'archive-expired': ArchiveExpiredError,
  'idempotency-key-reused': IdempotencyKeyReusedError,
  'command-not-sent': CommandNotSentError,
  'try-again': TryAgainError,
  'internal-error': InternalError,
}

/** The classes of the gateway's own answers, which have no type. */
const statusClasses: Readonly<Record<number, typeof ApiError>> = {
  401: UnauthorizedError,
  429: TooManyRequestsError,
}

/** A foreign type may have the name of an inherited property. */
const classOf = (type: string): typeof ApiError | undefined =>
  Object.hasOwn(problemClasses, type) ? problemClasses[type] : undefined

/** The error of an unsuccessful answer, of the class of its problem. */
export const typedProblemOf = (status: number, body: unknown): ApiError =>
  problemOf(status, body, (type) => (type === undefined ? statusClasses[status] : classOf(type)))
