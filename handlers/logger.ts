import { Logger } from '@aws-lambda-powertools/logger';

/** The stack sets the service: POWERTOOLS_SERVICE_NAME. No line contains text from records. */
export const logger = new Logger();
