import { Logger } from '@aws-lambda-powertools/logger';

/** Named as the stack says: POWERTOOLS_SERVICE_NAME. No text of a record is in any line. */
export const logger = new Logger();
