//! Writes of an alias: before one is sent again, a look says whether it was done, or somebody else came in between.

use super::call::Call;
use super::client::Client;
use super::failure::Failure;
use crate::registry::{Alias, AliasMove, Error, Expect, ModelName, Result, Version};

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
        Self { name: &to.name, alias: &to.alias, from: to.seen, to: Expect::At(to.version) }
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
    /// was lost and a look finds the alias there. What fails is the last try, explained; that an earlier one may have
    /// been done after all is kept in mind.
    ///
    /// # Errors
    /// [`Error::AliasMoved`] when somebody else came in between, and what `send` returns.
    pub(in crate::registry) async fn send_looking<S, L>(
        &self,
        call: &Call<'_>,
        course: &Course<'_>,
        send: impl Fn() -> S,
        look: impl Fn() -> L,
        explain: impl Fn(Failure) -> Error,
    ) -> Result<()>
    where
        S: Future<Output = Result<std::result::Result<(), Failure>>>,
        L: Future<Output = Result<Option<Version>>>,
    {
        let (mut tries, mut in_doubt) = (self.tries(), false);
        let told = |error: Error, in_doubt| if in_doubt { error.after_doubt() } else { error };
        loop {
            let failure = match send().await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(failure)) => failure,
                Err(error) => return Err(told(error, in_doubt)),
            };
            in_doubt |= failure.leaves_doubt();
            let again = self.may_repeat(call, &failure, &mut tries).await;
            if !again && !in_doubt {
                return Err(explain(failure));
            }
            // Nobody knows where the alias is then, so nothing more is written.
            let Ok(actual) = look().await else { return Err(told(explain(failure), in_doubt)) };
            if course.is_done(actual)? {
                tracing::info!("there was no answer, but a look says that it was done: {}", call.action());
                return Ok(());
            }
            if !again {
                return Err(told(explain(failure), in_doubt));
            }
        }
    }
}
