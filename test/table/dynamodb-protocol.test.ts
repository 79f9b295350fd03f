import { describe, it } from 'vitest';
import { serveDynalite } from '../../deploy/local/serve-dynalite.ts';
import { openTableAt, openTableOn } from './dynamodb-endpoint.ts';
import { describeTableContract } from './table-contract.ts';

describeTableContract("dynalite, by DynamoDB's protocol", async () => openTableOn(await serveDynalite()));

const endpoint = process.env['AWS_ENDPOINT_URL_DYNAMODB'];
if (endpoint === undefined || endpoint === '') {
  console.warn('The store contract is not run against an endpoint: AWS_ENDPOINT_URL_DYNAMODB is not set.');
  describe('the store contract: an endpoint of the environment', () => {
    it.skip('is skipped while AWS_ENDPOINT_URL_DYNAMODB is not set', () => {});
  });
} else {
  describeTableContract(endpoint, () => openTableAt(endpoint));
}
