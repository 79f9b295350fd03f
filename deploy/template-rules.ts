/** A function of CloudFormation's rules that is true or false. */
type RuleFunction =
  | { readonly 'Fn::Equals': readonly [{ readonly Ref: string }, string] }
  | { readonly 'Fn::Not': readonly [RuleFunction] };

interface TemplateRule {
  readonly RuleCondition: RuleFunction;
  readonly Assertions: readonly { readonly Assert: RuleFunction; readonly AssertDescription: string }[];
}

interface Serverless {
  readonly service: { readonly provider: { readonly compiledCloudFormationTemplate: object } };
}

/**
 * A plugin of the Serverless Framework that adds the section `Rules`, which its own configuration does not take:
 * parameters that do not go together are refused before anything is made or changed, with a sentence.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
 */
export default class TemplateRules {
  readonly hooks: Readonly<Record<string, () => void>>;

  constructor(serverless: Serverless) {
    this.hooks = {
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        Object.assign(serverless.service.provider.compiledCloudFormationTemplate, { Rules: templateRules });
      },
    };
  }
}

const is = (parameter: string, value: string): RuleFunction => ({
  'Fn::Equals': [{ Ref: parameter }, value],
});
const not = (condition: RuleFunction): RuleFunction => ({ 'Fn::Not': [condition] });
const isGiven = (parameter: string): RuleFunction => not(is(parameter, ''));

/** One that CloudFormation's conditions would make nothing of, unseen. */
function isOnlyOf(parameter: string, sentence: string): TemplateRule['Assertions'][number] {
  return { Assert: is(parameter, ''), AssertDescription: sentence };
}

/** Where one parameter is given, so must be another. */
function needs(parameter: string, needed: string, why: string): TemplateRule {
  const sentence = `${parameter} needs ${needed}, ${why}: give both, or neither.`;
  return {
    RuleCondition: isGiven(parameter),
    Assertions: [{ Assert: isGiven(needed), AssertDescription: sentence }],
  };
}

const UNHEARD =
  'but LogNotifications is none, so that no log file is heard of: set it to s3, sns or eventbridge.';

const templateRules: Readonly<Record<string, TemplateRule>> = {
  LogFilesHaveABucket: {
    RuleCondition: not(is('LogNotifications', 'none')),
    Assertions: [
      {
        Assert: isGiven('LogBucketName'),
        AssertDescription:
          'LogNotifications needs LogBucketName, the bucket that CloudTrail writes its log files to: give it, or set LogNotifications to none.',
      },
    ],
  },
  LogFilesAreHeardOf: {
    RuleCondition: is('LogNotifications', 'none'),
    Assertions: [
      isOnlyOf('LogBucketName', `LogBucketName is given, ${UNHEARD}`),
      isOnlyOf('LogBucketAccount', `LogBucketAccount is given, ${UNHEARD}`),
      isOnlyOf('LogBucketKeyArn', `LogBucketKeyArn is given, ${UNHEARD}`),
    ],
  },
  NotificationsHaveATopic: {
    RuleCondition: is('LogNotifications', 'sns'),
    Assertions: [
      {
        Assert: isGiven('LogTopicArn'),
        AssertDescription: 'LogNotifications is sns: give LogTopicArn, the topic that the bucket notifies.',
      },
    ],
  },
  TopicIsHeard: {
    RuleCondition: not(is('LogNotifications', 'sns')),
    Assertions: [
      isOnlyOf(
        'LogTopicArn',
        'LogTopicArn is given, but only LogNotifications=sns listens to it: set that too.',
      ),
    ],
  },
  TopicKeyHasATopic: needs('AlertTopicKeyArn', 'AlertTopicArn', 'the topic that it is the key of'),
  WebhookIsSigned: needs('AlertWebhookUrl', 'AlertWebhookSecretArn', 'which its posts are signed with'),
  SecretHasAWebhook: needs('AlertWebhookSecretArn', 'AlertWebhookUrl', 'whose posts it signs'),
  SecretKeyHasASecret: needs(
    'AlertWebhookSecretKeyArn',
    'AlertWebhookSecretArn',
    'the secret that it is the key of',
  ),
};
