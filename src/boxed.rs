//! Futures made where they stay.

use std::pin::Pin;

/// Makes a future on the heap, for state that what is around it would otherwise hold, and move, once more.
///
/// `Box::pin` makes it on the stack first and copies all of it, kilobytes of which nothing is set yet. Here there is a
/// place before there is a future.
#[inline]
pub(crate) fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::into_pin(Box::write(Box::new_uninit(), make()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_does_what_the_future_does() {
        let words = String::from("promoted");
        assert_eq!(boxed(|| async { words.len() }).await, 8);
    }
}
