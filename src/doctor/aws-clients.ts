import type { CloudFormation } from '@aws-sdk/client-cloudformation';
import type { CloudTrail } from '@aws-sdk/client-cloudtrail';
import type { DynamoDB } from '@aws-sdk/client-dynamodb';
import type { EventBridge } from '@aws-sdk/client-eventbridge';
import type { Lambda } from '@aws-sdk/client-lambda';
import type { S3 } from '@aws-sdk/client-s3';
import type { SQS } from '@aws-sdk/client-sqs';

/** Clients of the services that the doctor reads, in one Region. */
export interface AwsClients {
  readonly cloudFormation: CloudFormation;
  readonly dynamoDb: DynamoDB;
  readonly eventBridge: EventBridge;
  readonly lambda: Lambda;
  readonly s3: S3;
  readonly sqs: SQS;
  /** @param region a trail's home Region, where its status and selectors are read */
  cloudTrail(region?: string): CloudTrail;
  /** The Region of the flag, or else of the ordinary AWS settings; rejects where neither sets one. */
  region(): Promise<string>;
  close(): void;
}

/** A machine that cannot reach AWS fails within seconds. */
const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 20_000 };

/**
 * Loads the clients, so that no other command waits for them. The SDK itself reads Region, credentials and endpoint
 * from the ordinary AWS variables and profiles.
 */
export async function openAwsClients(region: string | undefined): Promise<AwsClients> {
  const [cloudFormation, cloudTrail, dynamoDb, eventBridge, lambda, s3, sqs] = await Promise.all([
    import('@aws-sdk/client-cloudformation'),
    import('@aws-sdk/client-cloudtrail'),
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/client-eventbridge'),
    import('@aws-sdk/client-lambda'),
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/client-sqs'),
  ]);
  const settings = { requestHandler: TIMEOUTS, ...(region === undefined ? {} : { region }) };
  const clients = {
    cloudFormation: new cloudFormation.CloudFormation(settings),
    dynamoDb: new dynamoDb.DynamoDB(settings),
    eventBridge: new eventBridge.EventBridge(settings),
    lambda: new lambda.Lambda(settings),
    // AWS takes buckets in the host name and in the path; an endpoint without wildcard names takes only the path.
    s3: new s3.S3({ ...settings, forcePathStyle: true }),
    // A queue's URL names the endpoint of AWS; AWS_ENDPOINT_URL must win over it.
    sqs: new sqs.SQS({ ...settings, useQueueUrlAsEndpoint: false }),
  };
  const trailAwsClients = new Map<string | undefined, CloudTrail>();
  return {
    ...clients,
    cloudTrail(home) {
      const made =
        trailAwsClients.get(home) ??
        new cloudTrail.CloudTrail({ ...settings, ...(home === undefined ? {} : { region: home }) });
      trailAwsClients.set(home, made);
      return made;
    },
    region: () => clients.cloudFormation.config.region(),
    close() {
      for (const client of [...Object.values(clients), ...trailAwsClients.values()]) client.destroy();
    },
  };
}
