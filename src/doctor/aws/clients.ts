import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { CloudTrail } from '@aws-sdk/client-cloudtrail';
import type { DynamoDB } from '@aws-sdk/client-dynamodb';
import type { EventBridge } from '@aws-sdk/client-eventbridge';
import type { Lambda } from '@aws-sdk/client-lambda';
import type { S3 } from '@aws-sdk/client-s3';
import type { SQS } from '@aws-sdk/client-sqs';

/** The services that are asked, in one Region. */
export interface Clients {
  readonly cloudFormation: CloudFormation;
  readonly dynamoDb: DynamoDB;
  readonly eventBridge: EventBridge;
  readonly lambda: Lambda;
  readonly s3: S3;
  readonly sqs: SQS;
  /** CloudTrail tells of a trail in the Region where it is at home. */
  cloudTrail(region?: string): CloudTrail;
  /** The Region that is looked at, by the flag or the ordinary AWS settings. */
  region(): Promise<string>;
  close(): void;
}

/** A machine without a way to AWS is told so in seconds. */
const PATIENCE = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/**
 * The clients, loaded only now: other commands do not wait for them. Region, credentials and endpoint are the
 * ordinary AWS variables' and profiles', read by the SDK itself.
 */
export async function openClients(region: string | undefined): Promise<Clients> {
  const [cloudFormation, cloudTrail, dynamoDb, eventBridge, lambda, s3, sqs] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('@aws-sdk/client-cloudtrail'),
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/client-eventbridge'),
    import('@aws-sdk/client-lambda'),
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/client-sqs'),
  ]);
  const settings = { requestHandler: PATIENCE, ...(region === undefined ? {} : { region }) };
  const clients = {
    cloudFormation: new cloudFormation.CloudFormation(settings),
    dynamoDb: new dynamoDb.DynamoDB(settings),
    eventBridge: new eventBridge.EventBridge(settings),
    lambda: new lambda.Lambda(settings),
    // So that another endpoint than AWS's needs no name for each bucket; AWS takes both forms.
    s3: new s3.S3({ ...settings, forcePathStyle: true }),
    // A queue's URL names AWS's own endpoint, which may be out of reach where another one is set.
    sqs: new sqs.SQS({ ...settings, useQueueUrlAsEndpoint: false }),
  };
  const trailClients = new Map<string | undefined, CloudTrail>();
  return {
    ...clients,
    cloudTrail(home) {
      const made =
        trailClients.get(home) ??
        new cloudTrail.CloudTrail({ ...settings, ...(home === undefined ? {} : { region: home }) });
      trailClients.set(home, made);
      return made;
    },
    region: () => clients.cloudFormation.config.region(),
    close() {
      for (const client of [...Object.values(clients), ...trailClients.values()]) client.destroy();
    },
  };
}
