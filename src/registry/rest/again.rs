//! Writes of an alias: before one is sent again, a look says whether it was done, or somebody else came in between.

use super::call::Call;
use super::client::Client;
use super::failure::Failure;
use crate::registry::{
    Alias, AliasMove, AliasWrite, AliasWriteError, AliasWriteResult, Error, Expect, ModelName, Result, Version,
};

/// Where a write is to bring an alias, and where that was before.
pub(in crate::registry) struct Course<'a> {
    pub(in crate::registry) name: &'a ModelName,
    pub(in crate::registry) alias: &'a Alias,
    from: Option<Expect>,
    to: Expect,
}

impl<'a> Course<'a> {
    /// Makes that of a move.
    pub(in crate::registry) const fn of(to: &'a AliasMove) -> Self {
        Self { name: &to.name, alias: &to.alias, from: to.last_seen, to: Expect::At(to.version) }
    }

    /// Makes that of a removal.
    pub(in crate::registry) const fn away(name: &'a ModelName, alias: &'a Alias, version: Version) -> Self {
        Self { name, alias, from: Some(Expect::At(version)), to: Expect::Absent }
    }

    /// Returns whether the alias has come where it is to be.
    ///
    /// # Errors
    /// [`Error::AliasMoved`] when somebody else moved it: to write again would overwrite that.
    fn is_done(&self, actual: Option<Version>) -> Result<bool> {
        if self.to.holds(actual) {
            return Ok(true);
        }
        match self.from {
            Some(expected) if !expected.holds(actual) => {
                Err(Error::AliasMoved { name: self.name.clone(), alias: self.alias.clone(), expected, actual })
            }
            _ => Ok(false),
        }
    }
}

impl Client {
    /// Sends a write of an alias until it is done, while that is right and may help. It is also done where its answer
    /// was lost and a look finds the alias there.
    ///
    /// # Errors
    /// [`Error::AliasMoved`] when somebody else came in between, what `send` returns, and the last failure.
    pub(in crate::registry) async fn send_looking<S, L>(
        &self,
        call: &Call<'_>,
        course: &Course<'_>,
        send: impl Fn() -> S,
        look: impl Fn() -> L,
        explain: impl Fn(Failure) -> Error,
    ) -> AliasWriteResult
    where
        S: Future<Output = Result<std::result::Result<(), Failure>>>,
        L: Future<Output = Result<Option<Version>>>,
    {
        let mut tries = self.tries();
        let mut may_have_applied = false;
        let failed = |error: Error, may_have_applied| {
            let error = if may_have_applied { error.after_doubt() } else { error };
            Err(AliasWriteError { error, may_have_applied })
        };
        loop {
            let failure = match send().await {
                Ok(Ok(())) => return Ok(AliasWrite::Applied),
                Ok(Err(failure)) => failure,
                Err(error) => return failed(error, may_have_applied),
            };
            may_have_applied |= failure.leaves_doubt();
            let again = self.may_repeat(call, &failure, &mut tries).await;
            if !again && !may_have_applied {
                return failed(explain(failure), false);
            }
            // Nobody knows where the alias is then, so nothing more is written.
            let Ok(actual) = look().await else { return failed(explain(failure), may_have_applied) };
            match course.is_done(actual) {
                // No try can have brought it there.
                Ok(true) if !may_have_applied => return Ok(AliasWrite::AlreadyThere),
                Ok(true) => {
                    tracing::info!("there was no answer, but a look says that it was done: {}", call.action());
                    return Ok(AliasWrite::Applied);
                }
                Ok(false) if again => {}
                Ok(false) => return failed(explain(failure), may_have_applied),
                Err(error) => return failed(error, may_have_applied),
            }
        }
    }
}
