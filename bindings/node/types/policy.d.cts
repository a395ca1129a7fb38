/** Whether people need a second factor: nobody is asked; who has one is asked; everybody is. */
export type Requirement = 'off' | 'optional' | 'required';
/** The set of values a policy begins with, and what of them is fixed. */
export type Profile = 'default' | 'nist-aal2' | 'asvs-strict' | 'pci';
/** Every number of a policy, with its range and its default. */
export interface PolicySettings {
    /** Digits of new authenticators (RFC 4226 §5.3). 6 to 8, 6 by default. */
    readonly digits: number;
    /** Time-step size of new authenticators, in seconds (RFC 6238 §5.2; NIST SP 800-63B-4 §3.1.4.1: at most 2 minutes). 15 to 120, 30 by default. */
    readonly periodSeconds: number;
    /** Time steps before the current one that are accepted (RFC 6238 §5.2). 0 to 10, 1 by default. */
    readonly windowPastSteps: number;
    /** Time steps after the current one that are accepted (RFC 6238 §6). 0 to 10, 1 by default. */
    readonly windowFutureSteps: number;
    /** Authenticators one account can have. 1 to 10, 5 by default. */
    readonly authenticatorsPerAccount: number;
    /** Backup codes in a set. 6 to 16, 10 by default. */
    readonly backupCodes: number;
    /** The person is told when this many backup codes or fewer are left. 0 to 8, 3 by default. */
    readonly backupCodesLow: number;
    /** Consecutive wrong codes that lead to the first lock (NIST SP 800-63B-4 §3.2.2). 3 to 19, 5 by default. */
    readonly lockAfterFailures: number;
    /** Length of the first lock, in seconds. 10 to 86400, 30 by default. */
    readonly lockFirstSeconds: number;
    /** Length of the second lock, in seconds. 10 to 86400, 60 by default. */
    readonly lockSecondSeconds: number;
    /** Length of the third lock, in seconds. 10 to 86400, 300 by default. */
    readonly lockThirdSeconds: number;
    /** Length of the fourth lock, in seconds. 10 to 86400, 900 by default. */
    readonly lockFourthSeconds: number;
    /** Length of every later lock, in seconds. 10 to 86400, 3600 by default. */
    readonly lockLaterSeconds: number;
    /** Consecutive wrong codes that lock until an administrator acts (NIST SP 800-63B-4 §3.2.2: at most 100). 5 to 100, 20 by default. */
    readonly hardLockAfterFailures: number;
    /** Wrong codes in 30 days, not cleared by success, beyond which one try an hour is left. 20 to 1000, 100 by default. */
    readonly failuresIn30Days: number;
    /** Password attempts before the gate locks. 3 to 100, 10 by default. */
    readonly passwordAttempts: number;
    /** Length of the gate's lock, in seconds. 60 to 86400, 900 by default. */
    readonly passwordLockSeconds: number;
    /** Time over which password attempts are counted, in seconds. 60 to 86400, 900 by default. */
    readonly passwordWindowSeconds: number;
    /** Times a used code may be sent again, per accepted time step, before it counts as wrong. 0 to 5, 2 by default. */
    readonly freeReplays: number;
    /** Lifetime of a ticket, in seconds. 60 to 1800, 300 by default. */
    readonly ticketLifetimeSeconds: number;
    /** Lifetime of a pending setup, in seconds. 120 to 3600, 600 by default. */
    readonly setupLifetimeSeconds: number;
    /** Wrong codes after which a pending setup dies. 3 to 20, 10 by default. */
    readonly setupTries: number;
    /** Time for which an assertion may change factors, in seconds (ASVS 7.5.1). 60 to 3600, 300 by default. */
    readonly assertionFreshSeconds: number;
    /** Time after which an assertion ends, in seconds (NIST SP 800-63B-4 §2.1.3). 3600 to 34560000, 2592000 by default. */
    readonly assertionLifetimeSeconds: number;
    /** Days for which a device may be remembered; 0 remembers none (NIST SP 800-63B-4 §5.1). 0 to 180, 0 by default. */
    readonly rememberedDeviceDays: number;
    /** Devices that can be remembered for one account. 1 to 20, 10 by default. */
    readonly rememberedDevicesPerAccount: number;
    /** Days from the first sign-in under the requirement for which a setup may be put off; 0 is at once. 0 to 90, 0 by default. */
    readonly setupDeadlineDays: number;
    /** Sign-ins for which a setup may be put off before the deadline; 0 is none, whatever the deadline. 0 to 20, 0 by default. */
    readonly setupSkips: number;
    /** Days an exemption may last; 0 is no limit, and any other value needs an end (PCI DSS 4 8.5.1). 0 to 3650, 0 by default. */
    readonly exemptionDays: number;
    /** 1 if an exemption may have no end, where `exemption_days` sets no limit; 0 if it needs one, at most 3,650 days away. 0 to 1, 1 by default. */
    readonly exemptionOpenEnd: number;
    /** Counters after the next one that are accepted of a token that counts (RFC 4226 §7.4). 1 to 50, 10 by default. */
    readonly hotpLookAhead: number;
    /** Longest lifetime of an activation code, in seconds (NIST SP 800-63B-4 §4.2.1.2: a day by mail, 30 days by post). 600 to 2592000, 86400 by default. */
    readonly activationLifetimeSeconds: number;
    /** Failed attempts after which an activation code is void. 3 to 20, 10 by default. */
    readonly activationTries: number;
    /** Wrong codes in 365 days, not cleared by success, beyond which one code is not looked at, but a backup code or two consecutive codes are; fewer where so many codes are live in an account that the chance of a year would exceed 1 in 200. 50 to 1000, 300 by default. */
    readonly failuresIn365Days: number;
    /** Time steps before and after the current one, or counters ahead, in which two consecutive codes are looked for (RFC 4226 §7.4, RFC 6238 §6); 0 looks for none (ASVS 6.5.5). 0 to 120, 120 by default. */
    readonly resynchronizationWindow: number;
}
/** What a policy is to say. */
export interface PolicyWishes {
    /** The site's name, as apps show it. */
    readonly issuer: string;
    /** What it begins with; `default` unless given. */
    readonly profile?: Profile;
    /** Whether people need a second factor; `required` unless given. */
    readonly requirement?: Requirement;
    /** Settings that differ from those of the profile. */
    readonly settings?: Partial<PolicySettings>;
}
/**
 * What a tenant demands, and every number it sets. A policy never changes; {@link with} makes another.
 *
 * One that was read and changed replaces only the one it was read from; one that was made anew replaces any.
 */
export declare class Policy {
    #private;
    /** The site's name, as apps show it. */
    readonly issuer: string;
    /** Whether people need a second factor. */
    readonly requirement: Requirement;
    /** What it began with. */
    readonly profile: Profile;
    /** Every number. */
    readonly settings: PolicySettings;
    private constructor();
    /**
     * A new policy.
     *
     * @throws `RangeError` if a setting is out of its range; `TypeError` if the profile fixes it, or the policy as a
     * whole would leave too much to luck.
     */
    static create(wishes: PolicyWishes): Policy;
    /** The same policy, but for what is named; as {@link create}. */
    with(wishes: Partial<Omit<PolicyWishes, 'profile'>>): Policy;
    /** What `JSON.stringify` writes. */
    toJSON(): object;
    /** Every setting with its smallest value, its largest, and that of the profile `default`. */
    static get ranges(): Record<keyof PolicySettings, {
        min: number;
        max: number;
        default: number;
    }>;
}
