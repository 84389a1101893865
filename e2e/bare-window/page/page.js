const text = document.querySelector('textarea');
const counted = document.querySelector('p');
document.querySelector('button').addEventListener('click', () => {
  counted.textContent = String([...text.value].length);
});
