import { type DetectionSettings, detectionSettingsOf } from '../alerts/detect/detection-settings.ts';
import type { Environment } from '../environment.ts';
import { KeytrailError } from '../keytrail-error.ts';
import { retentionMonthsOf } from '../retention/retention-months.ts';

export const DEFAULT_DATA_FOLDER = '.keytrail';

/** What the environment sets; an empty variable is unset. */
export interface Settings {
  /** Folder of the embedded store. */
  readonly dataFolder: string;
  /** A DynamoDB table in AWS, or behind another endpoint, instead. */
  readonly tableName?: string;
  /** The stack's bucket of quarantined records that are too large for an item of that table. */
  readonly quarantineBucket?: string;
  /** Whether S3 is another's than AWS's, which has buckets in the path; the endpoint itself the SDK reads. */
  readonly isPathStyleS3: boolean;
  /** What alert rules go by. */
  readonly detection: DetectionSettings;
  /** For how many months rows are kept; undefined for ever. */
  readonly retentionMonths: number | undefined;
}

/** What the flags of a command set. */
export interface SettingFlags {
  /** Folder of the embedded store, whatever KEYTRAIL_TABLE says. */
  readonly dataFolder?: string;
}

/** Flags first, then the environment. @throws KeytrailError `bad-usage` */
export function readSettings(environment: Environment, flags: SettingFlags = {}): Settings {
  const tableName = flags.dataFolder === undefined ? set(environment['KEYTRAIL_TABLE']) : undefined;
  const s3Endpoint = set(environment['AWS_ENDPOINT_URL_S3']) ?? set(environment['AWS_ENDPOINT_URL']);
  const settings = {
    dataFolder: flags.dataFolder ?? set(environment['KEYTRAIL_DATA']) ?? DEFAULT_DATA_FOLDER,
    isPathStyleS3: s3Endpoint !== undefined,
    detection: detectionSettingsOf(environment),
    retentionMonths: retentionMonthsOf(environment['KEYTRAIL_RETENTION_MONTHS']),
  };
  if (tableName === undefined) return settings;
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(tableName)) {
    throw new KeytrailError(
      'bad-usage',
      'KEYTRAIL_TABLE is not the name of a DynamoDB table (3 to 255 letters, digits, `_`, `.` and `-`); mend it or unset it.',
    );
  }
  const quarantineBucket = set(environment['KEYTRAIL_QUARANTINE_BUCKET']);
  return { ...settings, tableName, ...(quarantineBucket === undefined ? {} : { quarantineBucket }) };
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}
