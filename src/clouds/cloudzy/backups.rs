//! Backup profiles. An instance can have one, which makes backup files on a schedule and keeps a limited number of
//! them.

use super::billing::{self, Price};
use super::instances;
use super::money::Money;
use super::snapshots::{self, Metadata, Snapshot};
use super::{Cloudzy, accounts, envelope, errors, pydantic, schemas};
use crate::engine::{
    Answer, Call, Context, Id, Object, Operation, Problem, Row, Transition, delete, get, post, put, schema_of,
    transition,
};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc, Weekday};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub const OPERATIONS: &[Operation<Cloudzy>] = &[
    get("/backups", "cloudzy.backup.list", list)
        .summary("Lists the backup profiles.")
        .query(schema_of::<ListBackups>)
        .response(schemas::backup_profiles),
    post("/backups", "cloudzy.backup.create", create)
        .summary("Creates the backup profile of an instance.")
        .body::<BackupSchedule>()
        .response(schemas::backup_profile),
    put("/backups", "cloudzy.backup.update", update)
        .summary("Updates the backup profile of an instance.")
        .body::<BackupSchedule>()
        .response(schemas::backup_profile),
    get("/backups/{instanceId}", "cloudzy.backup.show", show)
        .summary("Shows the backup profile of an instance.")
        .response(schemas::backup_profile),
    delete("/backups/{instanceId}", "cloudzy.backup.delete", remove)
        .summary("Deletes the backup profile of an instance.")
        .answers(200)
        .response(schemas::done),
];

pub const ACTIVATE: Transition<Cloudzy> = transition("cloudzy.backup.activate", activate, deactivate);
pub const RUN: Transition<Cloudzy> = transition("cloudzy.backup.run", run, run_fails);

pub const TRANSITIONS: &[&Transition<Cloudzy>] = &[&ACTIVATE, &RUN];

/// The time of day at which backups are made, in UTC.
const HOUR: NaiveTime = match NaiveTime::from_hms_opt(3, 0, 0) {
    Some(hour) => hour,
    None => NaiveTime::MIN,
};
/// The number of days that are searched for the next backup. Every schedule has one in each month.
const AHEAD: u64 = 62;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupProfile {
    /// The id of the instance.
    pub id: Id,
    pub user: Id,
    pub status: Status,
    pub frequency: Frequency,
    pub week_days: Vec<WeekDay>,
    /// The number of days that files are kept.
    pub period: i64,
    pub created_at: DateTime<Utc>,
    pub next_run: DateTime<Utc>,
    pub last_success: Option<DateTime<Utc>>,
}

/// `BackupProfileStatusEnum`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Active,
    Inactive,
    Pending,
}

/// `ScheduleFrequencyEnum`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    Daily,
    Weekly,
    Monthly,
}

/// `WeekdaysEnum`
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum WeekDay {
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

impl Row for BackupProfile {
    fn id(&self) -> &Id {
        &self.id
    }
    fn owner(&self) -> &Id {
        &self.user
    }
}

/// `CreateBackupProfileRequestSchema`, `UpdateBackupProfileRequestSchema`
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct BackupSchedule {
    instance_id: String,
    schedule_frequency: Frequency,
    schedule_week_days: Option<Vec<WeekDay>>,
    /// The number of days that files are kept.
    #[schemars(range(min = 1, max = 365))]
    period_id: i64,
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(default)]
struct ListBackups {
    status: Option<Status>,
}

const WEEK: [WeekDay; 7] = [
    WeekDay::Sunday,
    WeekDay::Monday,
    WeekDay::Tuesday,
    WeekDay::Wednesday,
    WeekDay::Thursday,
    WeekDay::Friday,
    WeekDay::Saturday,
];

impl WeekDay {
    fn is(self, day: Weekday) -> bool {
        self as u32 == day.num_days_from_sunday()
    }
}

impl BackupProfile {
    /// The fee in percent of the instance's price.
    fn fee_percentage(&self, cloud: &Cloudzy) -> i64 {
        let rates = &cloud.rates.backup;
        match self.frequency {
            Frequency::Daily => rates.daily,
            Frequency::Weekly => rates.weekly,
            Frequency::Monthly => rates.monthly,
        }
    }

    /// The number of files to keep: the backups that the schedule makes in its period, at least one.
    fn max_files(&self) -> i64 {
        let days = WEEK.iter().filter(|day| self.week_days.contains(day)).count();
        let files = match self.frequency {
            Frequency::Daily if days == 0 => self.period,
            Frequency::Daily => self.period * days as i64 / 7,
            Frequency::Weekly => self.period * (days as i64).max(1) / 7,
            Frequency::Monthly => self.period / 30,
        };
        files.max(1)
    }

    /// The time of the next backup.
    fn next(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let days = (0..AHEAD).filter_map(|ahead| now.date_naive().checked_add_days(Days::new(ahead)));
        let mut runs = days.filter(|day| self.is_on(*day)).map(|day| day.and_time(HOUR).and_utc());
        runs.find(|at| *at > now).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// True if a backup is made on this day. A daily schedule without days of the week runs every day. A weekly one
    /// without them runs on the weekday on which it was created. A monthly one runs on the day of the month on which
    /// it was created, or on the last day of a shorter month.
    fn is_on(&self, day: NaiveDate) -> bool {
        let named = self.week_days.iter().any(|one| one.is(day.weekday()));
        let made = self.created_at.date_naive();
        match self.frequency {
            Frequency::Daily => self.week_days.is_empty() || named,
            Frequency::Weekly if self.week_days.is_empty() => day.weekday() == made.weekday(),
            Frequency::Weekly => named,
            Frequency::Monthly => {
                let tomorrow = day.succ_opt().unwrap_or(day);
                day.day() == made.day() || (day.day() < made.day() && tomorrow.day() == 1)
            }
        }
    }
}

/// The id of the profile's charge. The profile has the id of its instance, whose charge has that id already.
fn charge_of(instance: &str) -> Id {
    format!("backup:{instance}").into()
}

/// The fee per hour.
fn fee(cloud: &Cloudzy, profile: &BackupProfile) -> Money {
    let hourly = cloud.instances.get(&profile.id).map_or_else(Money::default, |instance| instance.hourly(cloud));
    hourly.percent(profile.fee_percentage(cloud))
}

/// Starts a new charge for the profile at the current price of its schedule and instance.
pub fn reprice(cloud: &mut Cloudzy, ctx: &mut Context, instance: &Id) {
    let Some(profile) = cloud.backups.get(instance) else { return };
    let (user, price) = (profile.user.clone(), Price { unit: fee(cloud, profile), hours: 1 });
    billing::begin(cloud, &charge_of(instance), &user, price, ctx.now());
}

fn find<'c>(cloud: &'c Cloudzy, call: &Call, instance: &str) -> Result<&'c BackupProfile, Problem> {
    let found = cloud.backups.get(instance).filter(|one| accounts::reaches(cloud, call, &one.user));
    found.ok_or_else(errors::backup_profile_not_found)
}

fn list(call: &Call, cloud: &Cloudzy) -> Answer {
    let request: ListBackups = pydantic::query(call)?;
    let own = cloud.backups.all().filter(|one| accounts::reaches(cloud, call, &one.user));
    let found = own.filter(|one| request.status.is_none_or(|status| one.status == status));
    Ok(envelope::many("List of backup profiles", "backups", found, |o, one| view(o, one, cloud)))
}

fn create(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: BackupSchedule = pydantic::body(call)?;
    let instance = instances::find(cloud, call, &request.instance_id)?;
    if cloud.backups.contains(&instance.id) {
        return Err(errors::backup_profile_exists());
    }
    let profile = BackupProfile {
        id: instance.id.clone(),
        user: instance.user.clone(),
        status: Status::Pending,
        frequency: request.schedule_frequency,
        week_days: request.schedule_week_days.unwrap_or_default(),
        period: request.period_id,
        created_at: ctx.now(),
        next_run: ctx.now(),
        last_success: None,
    };
    let price = Price { unit: fee(cloud, &profile), hours: 1 };
    billing::afford(cloud, &profile.user, &[price], None, ctx.now())?;
    let id = profile.id.clone();
    cloud.backups.insert(profile);
    reprice(cloud, ctx, &id);
    ctx.later(&ACTIVATE, &id);
    schedule(cloud, ctx, &id);
    answer(cloud, "Backup profile created successfully", &id)
}

/// Existing files stay unless the new schedule keeps fewer. An inactive profile is activated again.
fn update(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let request: BackupSchedule = pydantic::body(call)?;
    let id = find(cloud, call, &request.instance_id)?.id.clone();
    if let Some(profile) = cloud.backups.get_mut(&id) {
        profile.frequency = request.schedule_frequency;
        profile.week_days = request.schedule_week_days.unwrap_or_default();
        profile.period = request.period_id;
        if profile.status == Status::Inactive {
            profile.status = Status::Pending;
            ctx.later(&ACTIVATE, &id);
        }
    }
    reprice(cloud, ctx, &id);
    schedule(cloud, ctx, &id);
    prune(cloud, ctx, &id);
    answer(cloud, "Backup profile updated successfully", &id)
}

fn show(call: &Call, cloud: &Cloudzy) -> Answer {
    let id = find(cloud, call, call.param("instanceId"))?.id.clone();
    answer(cloud, "Backup profile detail", &id)
}

fn remove(call: &Call, cloud: &mut Cloudzy, ctx: &mut Context) -> Answer {
    let id = find(cloud, call, call.param("instanceId"))?.id.clone();
    drop_profile(cloud, ctx, &id);
    Ok(envelope::done("Backup profile deleted successfully"))
}

/// Removes the profile of an instance, if it has one, and its files, which are no longer billed.
pub fn drop_profile(cloud: &mut Cloudzy, ctx: &mut Context, instance: &Id) {
    if cloud.backups.remove(instance).is_none() {
        return;
    }
    billing::end(cloud, &charge_of(instance), ctx.now());
    let idle = |file: &&Snapshot| file.status != snapshots::Status::Restoring;
    let files: Vec<Id> = snapshots::files(cloud, instance).filter(idle).map(|file| file.id.clone()).collect();
    files.iter().for_each(|file| snapshots::drop_one(cloud, ctx, file));
}

/// Schedules the next backup.
fn schedule(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let Some(profile) = cloud.backups.get_mut(id) else { return };
    profile.next_run = profile.next(ctx.now());
    ctx.after(profile.next_run - ctx.now(), &RUN, id);
}

fn activate(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id) {
    if let Some(profile) = cloud.backups.get_mut(id).filter(|one| one.status == Status::Pending) {
        profile.status = Status::Active;
    }
}

fn deactivate(cloud: &mut Cloudzy, _ctx: &mut Context, id: &Id, _reason: &str) {
    if let Some(profile) = cloud.backups.get_mut(id).filter(|one| one.status == Status::Pending) {
        profile.status = Status::Inactive;
    }
}

/// Makes a backup, unless the schedule has changed since this run was scheduled.
fn run(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id) {
    let Some(profile) = cloud.backups.get(id).filter(|one| one.next_run <= ctx.now()) else { return };
    let active = profile.status == Status::Active;
    let instance = cloud.instances.get(id).filter(|instance| active && instance.occupies()).cloned();
    if let Some(instance) = instance {
        snapshots::take(cloud, ctx, &instance, true);
    }
    schedule(cloud, ctx, id);
}

/// The failed backup is skipped; the next one is scheduled.
fn run_fails(cloud: &mut Cloudzy, ctx: &mut Context, id: &Id, _reason: &str) {
    if cloud.backups.get(id).is_some_and(|one| one.next_run <= ctx.now()) {
        schedule(cloud, ctx, id);
    }
}

/// Called when a backup file of the instance is complete.
pub fn file_made(cloud: &mut Cloudzy, ctx: &mut Context, instance: &Id) {
    if let Some(profile) = cloud.backups.get_mut(instance) {
        profile.last_success = Some(ctx.now());
    }
    prune(cloud, ctx, instance);
}

/// Removes the oldest files beyond the limit. Files that are being made or restored do not count.
fn prune(cloud: &mut Cloudzy, ctx: &mut Context, instance: &Id) {
    let Some(profile) = cloud.backups.get(instance) else { return };
    let whole = snapshots::files(cloud, instance).filter(|file| file.status == snapshots::Status::Active);
    let extra: Vec<Id> = whole.skip(profile.max_files().unsigned_abs() as usize).map(|file| file.id.clone()).collect();
    extra.iter().for_each(|file| snapshots::drop_one(cloud, ctx, file));
}

fn answer(cloud: &Cloudzy, detail: &str, id: &str) -> Answer {
    let profile = cloud.backups.get(id).ok_or_else(errors::backup_profile_not_found)?;
    Ok(envelope::one(detail, |o| view(o, profile, cloud)))
}

fn view(o: &mut Object, profile: &BackupProfile, cloud: &Cloudzy) {
    o.set("instanceId", &profile.id);
    if let Some(instance) = cloud.instances.get(&profile.id) {
        o.object("instanceData", |o| Metadata::of(instance).view(o, cloud));
    }
    o.set("status", profile.status);
    o.set("monthlyPrice", fee(cloud, profile) * billing::MONTH);
    o.set("feePercentage", profile.fee_percentage(cloud));
    o.set("scheduleFrequency", profile.frequency);
    o.set("scheduleWeekDays", &profile.week_days);
    o.set("maxFiles", profile.max_files());
    o.set("periodId", profile.period);
    o.set("lastSuccessfulBackupTime", profile.last_success.map(|at| at.timestamp()));
    o.each("backupFiles", snapshots::files(cloud, &profile.id), |o, file| snapshots::view(o, file, cloud));
    o.set("createdAt", profile.created_at.timestamp());
}
