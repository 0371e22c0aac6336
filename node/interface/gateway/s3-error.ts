// What an S3 client is told when something is refused: S3's own code and status, and our sentence.

import { HoldfastError } from "../../common/errors.ts";

const STATUS = {
  AccessDenied: 403,
  AccountProblem: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InsufficientStorage: 507,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidDigest: 400,
  InvalidObjectState: 403,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidToken: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  MetadataTooLarge: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeout: 400,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3Code = keyof typeof STATUS;

export class S3Error extends HoldfastError {
  override readonly name = "S3Error";
  readonly s3Code: S3Code;
  readonly status: number;

  constructor(s3Code: S3Code, message: string, cause?: unknown) {
    super("S3_REFUSED", message, { details: { s3Code }, ...(cause === undefined ? {} : { cause }) });
    this.s3Code = s3Code;
    this.status = STATUS[s3Code];
  }
}

/** What cannot be had here, in words that say what. */
export function notImplemented(what: string): S3Error {
  return new S3Error("NotImplemented", `This gateway does not have ${what}.`);
}

/** Codes of ours that are no fault of the gateway's, and what they are in S3. Only 5xx are tried again by clients. */
const KNOWN: ReadonlyMap<string, S3Code> = new Map(
  Object.entries({
    ABOVE_BUDGET: "AccountProblem",
    NOT_ENOUGH_TOKENS: "AccountProblem",
    NO_GAS_FUNDS: "AccountProblem",
    RETRIEVAL_TOO_DEAR: "AccountProblem",
    DEAL_OVER: "InvalidObjectState",
    DEAL_UNKNOWN: "InvalidObjectState",
    WRONG_CHAIN: "InvalidObjectState",
    WRONG_MARKET: "InvalidObjectState",
    DISK_FULL: "InsufficientStorage",
    INTERRUPTED: "ServiceUnavailable",
    CHAIN_UNREACHABLE: "ServiceUnavailable",
    NOT_ENOUGH_PROVIDERS: "ServiceUnavailable",
    NO_METADATA: "ServiceUnavailable",
    TOO_FEW_PROVIDERS: "ServiceUnavailable",
    UNHAPPY: "ServiceUnavailable",
  } as const),
);

/** Any failure as an S3 client sees it. Of what is not expected it hears no more than the code: a sentence may hold a path. */
export function asS3Error(cause: unknown): S3Error {
  if (cause instanceof S3Error) return cause;
  const code = cause instanceof HoldfastError ? cause.code : "UNEXPECTED";
  const known = KNOWN.get(code);
  if (known !== undefined) return new S3Error(known, `${(cause as HoldfastError).message} (${code})`, cause);
  return new S3Error("InternalError", `Something failed (${code}); the gateway's log says what.`, cause);
}
